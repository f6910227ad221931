"""What the library without an index answers of a few tasks."""

from __future__ import annotations

from datetime import timedelta

from archive.library.catalogue_library import CatalogueLibrary
from archive.library.query import Query
from archive.library.span import Span
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
