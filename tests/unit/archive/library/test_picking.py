"""A page is picked from lines in any order, and lines that were let go too early are read again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import catalog_keys, layout
from archive.errors import BucketUnavailable
from archive.library.catalogue_library import CatalogueLibrary
from archive.library.picking import Picking
from archive.library.query import Query, paged
from archive.library.span import Span
from archive.records.catalogue import CatalogueLine, Line
from archive.rolled.tables import DayTables
from archive.store.bucket import Stored
from tests.fakes.bucket import MemoryBucket
from tests.fakes.catalogue import image_line, line, put_lines
from tests.fakes.words import NOW
from tests.unit.archive.library.index.histories import histories, queries


class Sparing(Picking):
    spare = 0


class SparingLibrary(CatalogueLibrary):
    picking = Sparing


def picked(lines: Iterable[Line], query: Query, most: int) -> tuple[list[str], bool, int]:
    picking = Sparing(query.span, query.wants, None, most)
    for each in lines:
        picking.take(each, "")
    page = picking.picked()
    return [task.name for task in page.tasks], page.more, page.counted


@settings(deadline=None)
@given(batches=histories(), query=queries, most=st.integers(1, 3), dice=st.randoms(use_true_random=False))
def test_the_order_of_the_lines_makes_no_difference(
    batches: list[list[Line]], query: Query, most: int, dice: object
) -> None:
    lines = [each for batch in batches for each in batch]
    told = picked(lines, query, most)
    dice.shuffle(lines)  # type: ignore[attr-defined]  # a Random
    assert told == picked(lines, query, most)


def _written_and_changed() -> tuple[MemoryBucket, list[CatalogueLine]]:
    """Thirty tasks that failed, of which the newest were completed since; a list of failed ones has the others."""
    bucket = MemoryBucket()
    failed = [line(f"task-{at:04d}", at=NOW + timedelta(seconds=at), status="failed") for at in range(30)]
    put_lines(bucket, failed)
    # Written by a worker whose clock is behind, so that they are read last.
    put_lines(bucket, [line(f"task-{at:04d}", at=NOW + timedelta(minutes=1)) for at in range(10, 30)], NOW)
    return bucket, failed[:10]


def test_lines_that_were_let_go_for_some_that_do_not_hold_are_read_again() -> None:
    bucket, failed = _written_and_changed()
    page = SparingLibrary(bucket).page(Query(status="failed"), None, 3)
    assert failed[:6:-1] == [row.line for row in page.rows]
    assert (10, page.rows[-1].place) == (page.counted, page.next)


def test_a_catalogue_whose_lines_go_while_it_is_read_is_not_answered_from() -> None:
    class Emptied(MemoryBucket):
        """Whose objects somebody else removes once they are listed and read."""

        def get(self, key: str) -> Stored:
            return self.objects.pop(key)

    bucket = Emptied()
    bucket.objects = _written_and_changed()[0].objects
    with pytest.raises(BucketUnavailable, match="changed while it was read"):
        SparingLibrary(bucket).page(Query(status="failed"), None, 3)


def test_rows_of_a_closed_day_are_told_whole(tmp_path: Path) -> None:
    bucket = MemoryBucket()
    told = [line(f"task-{at:04d}", at=NOW - timedelta(seconds=at), label="spring") for at in range(9)]
    DayTables().write(tmp_path / "day", (), (each.to_json() + b"\n" for each in told))
    bucket.put(catalog_keys.rolled_key(NOW.date(), None, layout.batch_id(NOW), 0), tmp_path / "day")
    library = SparingLibrary(bucket)
    assert told[:4] == [row.line for row in library.page(Query(Span(NOW - timedelta(days=1))), None, 4).rows]
    assert [told[7]] == [row.line for row in library.whence(image_line("task-0007").sha256)]
    assert paged(library.page(Query(label="spr*")).rows, None, 9)[0] == library.page(Query()).rows
