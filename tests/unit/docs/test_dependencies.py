"""docs/dependencies.md has a line for each dependency, and none for what is not there."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.unit.docs.documents import DOCS, ROOT, name_of, rows_under, text_of
from tests.unit.docs.sources import PYTHON
from tests.unit.docs.workflows import PYTHONS

PAGE = DOCS / "dependencies.md"
LEANING = rows_under(PAGE, "What leans on the inside of a library")
# An import from what is not in a library's documents, or a word of its that begins with an underscore.
_INSIDE = re.compile(
    r"(?:from|import) (?:uvicorn\.(?:protocols|server|_types)|kombu\.transport|celery\.worker|celery\.apps"
    r"|celery\.bootsteps|botocore\.(?:auth|handlers|signers)|urllib3\.connection)\b"
    r"|import .*\b_[a-z]\w*$|\b(?:celery|kombu|redis|uvicorn|botocore|urllib3)\.[\w.]*\b_[a-z]",
    re.MULTILINE,
)
_NAME = re.compile(r"[A-Za-z0-9._-]+(?:\[[a-z0-9,]+\])?")


def _project() -> dict[str, Any]:
    told: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return told


def _all_lines() -> list[str]:
    told = _project()
    return [
        *told["dependencies"],
        *(line for group in told["optional-dependencies"].values() for line in group),
    ]


def _declared(group: str) -> list[str]:
    told = _project()
    lines = told["dependencies"] if group == "Runtime" else told["optional-dependencies"][group.lower()]
    names = [_NAME.match(line) for line in lines]
    return [name[0] for name in names if name]


@pytest.mark.parametrize("group", ["Runtime", "Local", "Dev", "Traces", "Fuzz"])
def test_each_dependency_has_its_line_and_no_other_has(group: str) -> None:
    told = [row[0] for row in rows_under(PAGE, group)]

    assert sorted(_declared(group)) == sorted(told)


def test_no_group_is_left_out() -> None:
    assert {"local", "dev", "fuzz", "traces"} == set(_project()["optional-dependencies"])


@pytest.mark.parametrize("group", ["Runtime", "Local", "Dev", "Traces", "Fuzz"])
def test_each_line_says_why_it_and_why_not_another(group: str) -> None:
    assert [] == [row[0] for row in rows_under(PAGE, group) if len([cell for cell in row if cell]) != 3]


@pytest.mark.parametrize("row", LEANING, ids=[row[0] for row in LEANING])
def test_what_leans_on_an_inside_has_an_upper_bound_and_a_test_that_names_it(row: list[str]) -> None:
    package, files, on_what, bound, test = row
    named = text_of(ROOT / test.strip("`"))

    assert on_what
    for file in re.findall(r"`([^`]+)`", files):
        assert (ROOT / file).exists()
    if package == "http.client":
        assert bound == f"Python {PYTHONS[0]} to {PYTHONS[-1]}"
        assert package in named
    else:
        (line,) = [line for line in _all_lines() if _NAME.match(line)[0] == package]  # type: ignore[index]
        assert Requirement(line).specifier.contains(bound.strip("`<")) is False
        assert bound.strip("`") in str(Requirement(line).specifier).split(",")
        assert (package if package != "boto3" else "botocore").split("[")[0] in named


def test_who_leans_on_an_inside_is_in_the_table() -> None:
    """Whatever of a library's is private, or is taken from a module of its own inside, is leaned on."""
    told = " ".join(row[1] for row in LEANING)
    leaning = [
        name_of(path)
        for path in PYTHON
        if path.relative_to(ROOT).parts[0] not in {"tests", "bench"} and _INSIDE.search(text_of(path))
    ]

    assert [] == [name for name in leaning if name not in told]
