"""Comments and docstrings name files and modules that are there, and no paper that only its authors had."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.docs.documents import ROOT, name_of, text_of
from tests.unit.docs.sources import OTHERS, PACKAGES, PYTHON, TEXTS, read_by_people

_FILE = re.compile(r"(?<![\w./<{*-])[\w.-]+(?:/[\w.-]+)*\.(?:py|md|lua|lock|in)\b(?![/*])")
_ROOM = re.compile(rf"(?<![\w./<{{*-])(?:{'|'.join((*PACKAGES, 'docs', 'tests'))})/[\w./-]*\w")
_MODULE = re.compile(rf"(?<![\w./-])(?:{'|'.join((*PACKAGES, 'tests'))})(?:\.\w+)+\b(?![/(])")
_NAME_IN_FILE = re.compile(r"`(\w+)` in `([\w/]+\.py)`")
# A paper of the authors' own, or a number in a list of theirs.
_TWO_THINGS = re.compile(r"\bat[ ]once\b(?! more)", re.IGNORECASE)
_PRIVATE = re.compile(r"\bDESIG[N]\b|\b[Ii]ssu[e] #?(?:\d|[A-Z]\b)|\bresearc[h]/")


def _is_there(name: str, beside: Path) -> bool:
    """Whether a file or folder is named from the root, or from the folder of who names it or one above."""
    return any(
        (folder / name).exists() or any(folder.glob(f"{name}-*"))
        for folder in (ROOT, *beside.parents)
        if folder.is_relative_to(ROOT)
    )


def _is_module(dotted: str) -> bool:
    """Whether a dotted name is a module or package of ours, or a word that stands in one."""
    first, *rest = dotted.split(".")
    place = ROOT / first
    for at, name in enumerate(rest):
        if (place / name).is_dir():
            place /= name
        elif place.joinpath(f"{name}.py").exists():
            text = text_of(place / f"{name}.py")
            return all(re.search(rf"\b{word}\b", text) for word in rest[at + 1 :])
        else:
            return (place / "__init__.py").exists() and bool(
                re.search(rf"\b{name}\b", text_of(place / "__init__.py"))
            )
    return True


def missing(text: str, path: Path) -> list[str]:
    """What a text of this file names that is not there."""
    files = [name for pattern in (_FILE, _ROOM) for name in pattern.findall(text)]
    gone = [name for name in files if not _is_there(name, path)]
    gone += [name for name in _MODULE.findall(text) if not name.endswith(".py") and not _is_module(name)]
    return gone + [
        f"{name} in {file}"
        for name, file in _NAME_IN_FILE.findall(text)
        if (ROOT / file).exists() and not re.search(rf"\b{name}\b", text_of(ROOT / file))
    ]


def test_what_a_comment_or_docstring_names_is_there() -> None:
    gone = {name_of(path): missing(read_by_people(path), path) for path in (*PYTHON, *OTHERS)}

    assert {} == {name: names for name, names in gone.items() if names}


def test_nobody_is_sent_to_a_paper_that_is_not_here() -> None:
    sent = {name_of(path): _PRIVATE.findall(text_of(path)) for path in TEXTS}

    assert {} == {name: papers for name, papers in sent.items() if papers}


@pytest.mark.parametrize(
    ("text", "noticed"),
    [
        ("see archive/bucket.py", ["archive/bucket.py"] * 2),
        ("`archive/store/bucket.py` and documents.py, which stands beside", []),
        ("`Cellar` in `archive/store/bucket.py`", ["Cellar in archive/store/bucket.py"]),
        ("archive.store.bucket.Bucket, tests.system.stack", []),
        ("archive.cellar", ["archive.cellar"]),
        ("docs/decisions/0001 holds, docs/decisions/9999 does not", ["docs/decisions/9999"]),
    ],
)
def test_what_is_not_there_is_noticed(text: str, noticed: list[str]) -> None:
    assert noticed == missing(text, Path(__file__))


def test_two_things_have_two_words() -> None:
    """What is meant is `immediately`, or `at the same time`; the changelog keeps what it said."""
    found = {
        name_of(path)
        for path in TEXTS
        if path.name not in {"CHANGELOG.md", "RESULTS.md"} and _TWO_THINGS.search(text_of(path))
    }

    assert set() == found
