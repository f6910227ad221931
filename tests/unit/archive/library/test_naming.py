"""Looking for a name costs few requests, and finds what it says that it finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from archive import layout
from archive.errors import NotUnderstood
from archive.library.naming import DAYS_ASKED_MOST, Name, meant
from archive.store.bucket import PAGE_KEYS
from archive.store.listing import Listed
from tests.fakes.bucket import MemoryBucket

PROVIDERS = [f"provider-{place}" for place in range(9)]
NOW = datetime.now(UTC)


class CountingBucket(MemoryBucket):
    """A bucket that counts what it is asked to list."""

    def __init__(self) -> None:
        super().__init__()
        self.lists = 0

    def list(
        self, under: str, *, after: str = "", most: int | None = None, page_keys: int = PAGE_KEYS
    ) -> Iterator[Listed]:
        self.lists += 1
        return super().list(under, after=after, most=most, page_keys=page_keys)

    def folders(self, under: str) -> Sequence[str]:
        self.lists += 1
        return super().folders(under)


def dated(days_ago: int) -> str:
    return f"task-unified-{int((NOW - timedelta(days=days_ago)).timestamp())}-of{days_ago:06d}"


def a_month_of(providers: Sequence[str]) -> CountingBucket:
    """A task a day for each provider, and one of each whose id tells no day."""
    bucket = CountingBucket()
    for provider in providers:
        for days_ago in range(31):
            day = (NOW - timedelta(days=days_ago)).date()
            bucket.put(layout.manifest_key(day, provider, dated(days_ago)), b"{}")
        bucket.put(layout.index_key(provider, f"undated-{provider}"), b"2024-01-01")
    return bucket


def test_a_wrong_name_costs_lists_for_the_folders_that_are_there_alone() -> None:
    # Two of `catalog/`, two of letters and of what is due, `index/`, two or three months.
    fixed = 8
    for seen in (0, 1, 3, 9):
        bucket = a_month_of(PROVIDERS[:seen])
        assert meant(bucket, "nothing-like-it", PROVIDERS) is None
        assert bucket.lists <= fixed + seen + (seen > 0) * DAYS_ASKED_MOST * (1 + seen), seen


def test_a_beginning_finds_ids_without_a_day_however_old_and_of_the_days_that_it_leaves_open() -> None:
    bucket = a_month_of(PROVIDERS[:1])

    def found(begins: str) -> str | None:
        name: Name | None = meant(bucket, begins, PROVIDERS)
        return name.task_id if name else None

    assert found("undated") == "undated-provider-0"
    for days_ago in (0, 8, 29):
        assert found(dated(days_ago)[:-3]) == dated(days_ago)
        assert found(dated(days_ago)[: len("task-unified-") + 6]) == dated(days_ago)
    with pytest.raises(NotUnderstood):
        found("task-unified-")
    newest_kept = [key for key in bucket.objects if "-of000029/" not in key and "-of000030/" not in key]
    for key in newest_kept:
        if key.startswith(layout.TASKS):
            bucket.delete(key)
    bucket.delete(layout.manifest_key((NOW - timedelta(days=30)).date(), PROVIDERS[0], dated(30)))
    assert found("task-unified-") == dated(29)
