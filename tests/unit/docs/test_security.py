"""docs/security.md names tests that exist, and one for each promise."""

from __future__ import annotations

import re

import pytest

from tests.unit.docs.documents import DOCS, ROOT, rows_under, text_of

PAGE = DOCS / "security.md"
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text_of(PAGE))))
CHAPTERS = ("The door", "Redis", "Tickets", "Fetching", "Decoding", "Secrets", "Packages")


def test_a_test_that_is_named_exists() -> None:
    assert NAMED
    assert [] == [
        f"{file}::{test}"
        for file, test in NAMED
        if not re.search(rf"^def {test}\(", text_of(ROOT / file), re.MULTILINE)
    ]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_promise_has_a_test(chapter: str) -> None:
    rows = rows_under(PAGE, chapter)

    assert rows
    assert [] == [promise for promise, *tests in rows if "::test_" not in " ".join(tests)]
