"""docs/dependencies.md has a line for each dependency, and none for what is not there."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from tests.unit.docs.documents import DOCS, ROOT, rows_under

PAGE = DOCS / "dependencies.md"
_NAME = re.compile(r"[A-Za-z0-9._-]+(?:\[[a-z0-9,]+\])?")


def _project() -> dict[str, Any]:
    told: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return told


def _declared(group: str) -> list[str]:
    told = _project()
    lines = told["dependencies"] if group == "Runtime" else told["optional-dependencies"][group.lower()]
    names = [_NAME.match(line) for line in lines]
    return [name[0] for name in names if name]


@pytest.mark.parametrize("group", ["Runtime", "Local", "Dev", "Fuzz"])
def test_each_dependency_has_its_line_and_no_other_has(group: str) -> None:
    told = [row[0] for row in rows_under(PAGE, group)]

    assert sorted(_declared(group)) == sorted(told)


def test_no_group_is_left_out() -> None:
    assert {"local", "dev", "fuzz"} == set(_project()["optional-dependencies"])


@pytest.mark.parametrize("group", ["Runtime", "Local", "Dev", "Fuzz"])
def test_each_line_says_why_it_and_why_not_another(group: str) -> None:
    assert [] == [row[0] for row in rows_under(PAGE, group) if len([cell for cell in row if cell]) != 3]
