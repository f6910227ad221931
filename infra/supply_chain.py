"""What is installed is what was locked: a check of the four locks against pyproject.toml, without any network.

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

# Each lock, and the extras that it is of.
LOCKS: dict[str, tuple[str, ...]] = {
    "requirements.txt": (),
    "requirements-local.lock": ("local",),
    "requirements.lock": ("local", "dev", "traces"),
    "requirements-fuzz.lock": ("fuzz",),
}

Locked = Mapping[str, Sequence[Requirement]]


def problems_of(lock: str, project: str, extras: Sequence[str] = ("local", "dev", "traces")) -> list[str]:
    """All that is wrong with a lock for a project with these extras, both as text."""
    problems: list[str] = []
    locked = _locked(lock, problems)
    wanted = list(_wanted(project, extras))
    problems += [problem for requirement in wanted for problem in _unmet(requirement, locked)]
    problems += list(_below_floor(wanted, locked))
    return problems


def problems_between(locks: Mapping[str, str]) -> list[str]:
    """What two locks have in different versions: what the one installed, the other would replace."""
    versions: dict[str, set[str]] = {}
    for lock in locks.values():
        for name, requirements in _locked(lock, []).items():
            versions.setdefault(name, set()).add(", ".join(sorted(map(str, requirements))))
    return [
        f"{name}: the locks differ: {' | '.join(sorted(told))}"
        for name, told in versions.items()
        if len(told) > 1
    ]


def _locked(lock: str, problems: list[str]) -> dict[str, list[Requirement]]:
    """What a lock holds, by name; what is wrong with a line is added to the problems."""
    locked: dict[str, list[Requirement]] = {}
    for line in _lines(lock):
        try:
            requirement = _requirement(line)
        except ValueError as error:
            problems.append(f"{line.split(' ', 1)[0]}: {error}")
            continue
        locked.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return locked


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


def _wanted(project: str, extras: Sequence[str]) -> Iterator[Requirement]:
    told = tomllib.loads(project)
    optional = told["project"].get("optional-dependencies", {})
    groups = [told["project"]["dependencies"], *(optional.get(extra, ()) for extra in extras)]
    for line in (line for group in groups for line in group):
        yield Requirement(line)
    if "local" in extras:  # with what the command is put into the venv
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
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    locks = {name: (ROOT / name).read_text(encoding="utf-8") for name in LOCKS}
    problems = [
        f"{name}: {problem}"
        for name, lock in locks.items()
        for problem in problems_of(lock, project, LOCKS[name])
    ] + problems_between(locks)
    sys.stderr.writelines(f"{problem}\n" for problem in problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
