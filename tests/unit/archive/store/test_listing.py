"""A page of a listing is read as the specification allows it, and no more of it is believed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from archive.errors import BucketUnavailable
from archive.store.listing import Listed, entries, following

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def page(*keys: str, **more: Any) -> dict[str, Any]:
    return {"Contents": [{"Key": key, "Size": 1, "LastModified": NOW} for key in keys], **more}


def test_the_entries_are_without_the_prefix() -> None:
    assert [Listed("due/1", 1, NOW)] == list(entries(page("p/due/1"), "p/", "due/"))
    assert [] == list(entries({}, "p/", "due/"))


@pytest.mark.parametrize(
    "wrong", [{"Key": "other/1", "LastModified": NOW}, {"Key": "p/due/1"}, {"LastModified": NOW}]
)
def test_an_entry_that_was_not_asked_for_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BucketUnavailable):
        list(entries({"Contents": [wrong]}, "p/", "due/"))


def test_the_next_page_is_asked_for_by_token_else_after_the_last_key() -> None:
    assert following(page("a"), {}) is None
    assert {"ContinuationToken": "t"} == following(page("a", IsTruncated=True, NextContinuationToken="t"), {})
    assert {"StartAfter": "b"} == following(page("a", "b", IsTruncated=True), {})


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        (page(IsTruncated=True), {}),
        (page("a", IsTruncated=True), {"StartAfter": "a"}),
        (page("a", IsTruncated=True, NextContinuationToken="t"), {"ContinuationToken": "t"}),
    ],
)
def test_a_listing_that_comes_back_to_itself_is_ended(told: dict[str, Any], asked: dict[str, str]) -> None:
    with pytest.raises(BucketUnavailable):
        following(told, asked)
