"""What the library without an index answers of a few tasks."""

from __future__ import annotations

from datetime import timedelta

from archive import catalog_keys
from archive.library.catalogue_library import CatalogueLibrary
from archive.library.query import Query
from archive.library.span import Span
from archive.store.bucket import Stored
from tests.fakes.bucket import MemoryBucket
from tests.fakes.catalogue import letter_line, line, put_lines
from tests.fakes.words import NOW


def test_a_task_of_which_only_a_letter_stands_is_listed_as_lost_and_one_whose_letter_is_gone_is_not() -> None:
    bucket = MemoryBucket()
    put_lines(bucket, [line("task-kept"), letter_line("task-lost"), letter_line("task-gone")])
    put_lines(bucket, [letter_line("task-gone", state="gone")])

    page = CatalogueLibrary(bucket).page(Query(Span(NOW - timedelta(hours=1))))
    assert [("task-kept", "completed"), ("task-lost", "lost")] == [
        (row.task_id, row.status) for row in page.rows
    ]
    assert (2, True, None) == (page.counted, page.counted_all, page.next)


class CountingBucket(MemoryBucket):
    """Which objects are read of it."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def get(self, key: str) -> Stored:
        self.read.append(key)
        return super().get(key)


def test_of_a_span_only_hours_are_read_that_may_tell_of_it() -> None:
    bucket = CountingBucket()
    for hours in range(8):
        put_lines(bucket, [line(f"task-{hours:04d}", at=NOW + timedelta(hours=hours))])
    [row] = CatalogueLibrary(bucket).page(Query(Span(NOW, NOW + timedelta(hours=1)))).rows
    hours_read = {catalog_keys.read_catalog_key(key).hour for key in bucket.read}
    assert ("task-0000", {12, 13, 14, 15}) == (row.task_id, hours_read)
