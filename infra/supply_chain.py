"""What is installed is what was locked: a check of requirements.lock against pyproject.toml, without any network.

    python -m infra.supply_chain                  exit code 1: problems, each in a line

pip itself refuses a file whose hash is not in the lock (`make setup` installs with `--require-hashes`); this
refuses a lock that would let something else in.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
# Below these there are faults that strangers can reach; the sentence says which.
FLOORS = {"pillow": ("13.0.0", "heap overflows in its decoders")}
_ANY_HASH = re.compile(r"--hash=\S+")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")

Locked = Mapping[str, Sequence[Requirement]]


def problems_of(lock: str, project: str) -> list[str]:
    """All that is wrong with a lock for a project, both as text."""
    locked: dict[str, list[Requirement]] = {}
    problems = []
    for line in _lines(lock):
        try:
            requirement = _requirement(line)
        except ValueError as error:
            problems.append(f"{line.split(' ', 1)[0]}: {error}")
            continue
        locked.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    wanted = list(_wanted(project))
    problems += [problem for requirement in wanted for problem in _unmet(requirement, locked)]
    problems += list(_below_floor(wanted, locked))
    return problems


def _lines(lock: str) -> Iterator[str]:
    """The lines of a lock, continued ones made one, without comments."""
    for line in lock.replace("\\\n", " ").splitlines():
        text = line.split(" #", 1)[0].strip()
        if text and not text.startswith("#"):
            yield text


def _requirement(line: str) -> Requirement:
    """One pinned and hashed requirement. Raises ValueError, which says what is wrong."""
    if line.startswith("-"):
        raise ValueError("an option: a lock names no index, no link and no other file")
    if not _HASH.search(line):
        raise ValueError("no hash")
    if _ANY_HASH.sub("", line) != _HASH.sub("", line):
        raise ValueError("a hash that is no SHA-256")
    try:
        requirement = Requirement(_HASH.sub("", line).strip())
    except InvalidRequirement as error:
        raise ValueError("no requirement") from error
    if requirement.url:
        raise ValueError("an address in place of a version")
    pins = list(requirement.specifier)
    if len(pins) != 1 or pins[0].operator != "==" or "*" in pins[0].version:
        raise ValueError("not pinned to one version")
    return requirement


def _wanted(project: str) -> Iterator[Requirement]:
    told = tomllib.loads(project)
    groups = [told["project"]["dependencies"], *told["project"].get("optional-dependencies", {}).values()]
    for line in (line for group in groups for line in group):
        yield Requirement(line)
    for line in told["build-system"]["requires"]:
        yield Requirement(line)


def _unmet(wanted: Requirement, locked: Locked) -> Iterator[str]:
    there = locked.get(canonicalize_name(wanted.name), ())
    if not there:
        yield f"{wanted.name}: not in the lock"
    for requirement in there:
        if not wanted.specifier.contains(_version(requirement), prereleases=True):
            yield f"{wanted.name}: {_version(requirement)} is locked, {wanted.specifier} is wanted"


def _below_floor(wanted: Sequence[Requirement], locked: Locked) -> Iterator[str]:
    for name, (floor, why) in FLOORS.items():
        for requirement in locked.get(name, ()):
            if _version(requirement) < Version(floor):
                yield f"{name}: {_version(requirement)} is locked; below {floor} there are {why}"
        for requirement in wanted:
            allowed = any(
                bound.operator in {">=", "==", "~="} and Version(bound.version.rstrip(".*")) >= Version(floor)
                for bound in requirement.specifier
            )
            if canonicalize_name(requirement.name) == name and not allowed:
                yield f"{name}: pyproject.toml allows versions below {floor}, in which there are {why}"


def _version(requirement: Requirement) -> Version:
    return Version(next(iter(requirement.specifier)).version)


def main() -> int:
    """Check, and say what is wrong."""
    lock, project = ROOT / "requirements.lock", ROOT / "pyproject.toml"
    problems = problems_of(lock.read_text(encoding="utf-8"), project.read_text(encoding="utf-8"))
    for problem in problems:
        sys.stderr.write(f"requirements.lock: {problem}\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
