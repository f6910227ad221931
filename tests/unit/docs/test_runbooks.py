"""Every runbook says what one sees, what to do and when to worry, and is found from the pages that lead to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.docs.documents import DOCS, headings, name_of, text_of

FOLDER = DOCS / "runbooks"
RUNBOOKS = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
# What happens to everybody one day.
EXPECTED = {
    "first-day", "upgrade", "rotate-keys", "s3-away", "redis-away", "hosts-change", "disk-full", "flood", "restore",
    "another-bucket",
}  # fmt: skip


def test_there_is_one_for_whatever_happens_to_everybody() -> None:
    assert set(EXPECTED) == {path.stem for path in RUNBOOKS}
    assert all(f"]({path.name})" in text_of(FOLDER / "README.md") for path in RUNBOOKS)
    assert "(runbooks/README.md)" in text_of(DOCS / "operations.md")


@pytest.mark.parametrize("path", RUNBOOKS, ids=name_of)
def test_a_runbook_says_what_one_sees_what_to_do_and_when_to_worry(path: Path) -> None:
    assert ["What you see", "What to do", "When to worry"] == headings(path)[1:]
