"""A page of a listing is read as the specification allows it, and no more of it is believed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.parsers import DEFAULT_TIMESTAMP_PARSER

from archive.errors import BucketUnavailable
from archive.store.listing import Listed, entries, following, times

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


def unread(told: Any) -> datetime:
    raise AssertionError(told)


@pytest.mark.parametrize(
    "told",
    [
        "2026-11-26T18:03:28.120Z",
        "2026-11-26T18:03:28Z",
        "2026-11-26T20:03:28.120+02:00",
        "Thu, 26 Nov 2026 18:03:28 GMT",
    ],
)
def test_the_times_that_stores_tell_are_read_as_botocore_reads_them(told: str) -> None:
    assert DEFAULT_TIMESTAMP_PARSER(told) == times(unread)(told)


@pytest.mark.parametrize(
    "told", [1795716208, "1795716208", "2026-11-26T18:03:28", "26 November 2026 18:03", ""]
)
def test_any_other_time_is_left_to_botocore(told: Any) -> None:
    assert times(lambda _: NOW)(told) is NOW
