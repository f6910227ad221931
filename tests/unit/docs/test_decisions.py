"""The records of decisions are numbered and of one form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.docs.documents import DOCS, ROOT, headings, name_of, text_of

RECORDS = sorted((DOCS / "decisions").glob("*.md"))


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [path.name.partition("-")[0] for path in RECORDS]

    assert [f"{number:04d}" for number in range(1, len(RECORDS) + 1)] == numbers


@pytest.mark.parametrize("path", RECORDS, ids=name_of)
def test_a_decision_has_its_number_context_decision_and_consequences(path: Path) -> None:
    title, *parts = headings(path)

    assert title.startswith(f"{path.name[:4]}: ")
    assert ["Context", "Decision", "Consequences"] == parts


def test_the_changelog_has_what_is_unreleased_on_top() -> None:
    title, first, *_ = headings(ROOT / "CHANGELOG.md")

    assert ("Changelog", "[Unreleased]") == (title, first)
    assert "Keep a Changelog" in text_of(ROOT / "CHANGELOG.md")
