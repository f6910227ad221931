"""All tasks of a query come as its pages do, from the index and from the catalogue."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive import catalog_keys, layout
from archive.library.catalogue_library import CatalogueLibrary
from archive.library.every_task import every_task
from archive.library.query import Query
from archive.library.sorted_catalogue import SortedCatalogue, SortingTrouble
from archive.records.catalogue import Line
from archive.rolled.tables import DayTables
from tests.fakes.bucket import MemoryBucket
from tests.fakes.catalogue import letter_line, line, put_lines
from tests.fakes.words import NOW
from tests.unit.archive.library.index.histories import histories, queries
from tests.unit.archive.library.index.test_same_answers import both


@given(batches=histories(), asked=st.lists(queries, min_size=1, max_size=4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_they_are_those_of_the_pages_in_their_order(batches: list[list[Line]], asked: list[Query]) -> None:
    with both(batches) as (catalogue, index):
        bucket = catalogue._bucket
        for query in asked:
            right = [row.told for row in catalogue.page(query, None, 1_000).rows]
            for library in (catalogue, index):
                with every_task(bucket, library, query, lambda _lines: None) as tasks:
                    assert right == [row.told for row in tasks]
                    assert tasks.count in {None, len(right)}


def test_what_cannot_be_read_is_counted_and_lines_are_told_as_they_are_read() -> None:
    bucket = MemoryBucket()
    put_lines(bucket, [line("task-0001"), b"{half", b'{"schema": 99}', line("task-0002")])
    told: list[int] = []
    with every_task(bucket, CatalogueLibrary(bucket), Query(), told.append) as tasks:
        assert ["task-0001", "task-0002"] == [row.task_id for row in tasks]
    assert (1, 1, 2, [2]) == (tasks.malformed, tasks.newer, tasks.count, told)


def test_no_room_to_sort_in_is_one_sentence() -> None:
    catalogue = SortedCatalogue(Query())
    catalogue._connection.execute("PRAGMA max_page_count = 64")
    with pytest.raises(SortingTrouble, match="TMPDIR"):
        catalogue.take(line(f"task-{number:06d}") for number in range(2_000))
    catalogue.close()


def test_closed_days_are_read_as_they_are_rolled_up(tmp_path: Path) -> None:
    bucket, batches = MemoryBucket(), MemoryBucket()
    told = [
        line(f"task-{number:04d}", at=NOW - timedelta(seconds=number), label="spring") for number in range(9)
    ]
    put_lines(batches, [*told, letter_line("task-lost")], NOW)
    (first,) = (listed.key for listed in batches.list(layout.CATALOG))
    DayTables(tmp_path).write(tmp_path / "day", (), [batches.get(first).body])
    key = catalog_keys.rolled_key(NOW.date(), None, catalog_keys.read_catalog_key(first).first, 0)
    bucket.put(key, (tmp_path / "day").read_bytes())
    rows = []
    for each in (bucket, batches):
        with every_task(each, CatalogueLibrary(each), Query(label="spring"), lambda _lines: None) as tasks:
            rows.append([row.told for row in tasks])
    assert rows == [told, told]
