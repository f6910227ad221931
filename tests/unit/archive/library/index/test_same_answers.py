"""The index and the catalogue give the same answers in the same order, whatever happened to the tasks."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.library.answers import Library, Page
from archive.library.catalogue_library import CatalogueLibrary
from archive.library.index.feeding import Feeder
from archive.library.index.index_file import IndexFile
from archive.library.index.index_library import IndexLibrary
from archive.library.query import Query, TaskRow
from archive.records.catalogue import Line
from tests.fakes.bucket import MemoryBucket
from tests.fakes.catalogue import put_lines
from tests.unit.archive.library.index.histories import histories, queries, spans


@contextmanager
def both(batches: list[list[Line]]) -> Iterator[tuple[CatalogueLibrary, IndexLibrary]]:
    bucket = MemoryBucket()
    with tempfile.TemporaryDirectory() as folder:
        file = IndexFile(Path(folder) / "index.sqlite")
        feeder = Feeder(bucket, file)
        for batch in batches:
            put_lines(bucket, batch)
            bucket.clock.hear(format_datetime(max(each.moment for each in batch)))
            assert feeder.feed().up_to_date
        assert feeder.feed().up_to_date
        yield CatalogueLibrary(bucket), IndexLibrary(bucket, file)


def walked(library: Library, query: Query, most: int) -> tuple[list[TaskRow], Page]:
    """All rows, page by page, and the first page."""
    first = page = library.page(query, None, most)
    rows = [*page.rows]
    for _ in itertools.repeat(None, 50):
        if page.next is None:
            return rows, first
        page = library.page(query, page.next, most)
        rows += page.rows
    raise AssertionError("the pages have no end")


@given(batches=histories(), asked=st.lists(queries, min_size=1, max_size=4), most=st.integers(1, 4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_both_list_the_same_tasks_in_the_same_order(
    batches: list[list[Line]], asked: list[Query], most: int
) -> None:
    with both(batches) as (catalogue, index):
        for query in asked:
            told, first = walked(catalogue, query, most)
            indexed, first_indexed = walked(index, query, most)
            assert told == indexed
            assert (first.counted, first.counted_all) == (first_indexed.counted, first_indexed.counted_all)
            assert first.counted == len(told) == len({row.name for row in told})


@given(batches=histories(), span=spans)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_both_come_to_the_same_totals_and_know_whence_an_image_is(
    batches: list[list[Line]], span: object
) -> None:
    with both(batches) as (catalogue, index):
        assert catalogue.totals(span) == index.totals(span)  # type: ignore[arg-type]
        for row in catalogue.page(Query(), None, 1_000).rows:
            for image in row.images:
                assert catalogue.whence(image.sha256) == index.whence(image.sha256)
