"""From batches to hours to a day's table: what a reader reads stays the same all the while."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from archive import catalog_keys, layout
from archive.errors import MalformedRecord, NewerRecord
from archive.library.catalogue_files import CatalogueFiles
from archive.library.catalogue_library import CatalogueLibrary
from archive.library.catalogue_reading import CatalogueReading, read_catalogue
from archive.library.query import Query
from archive.library.span import Span
from archive.records.catalogue import line_of, line_of_letter
from archive.rolled.tables import DayTables
from archive.store.bucket import Stored
from tests.fakes.bucket import MemoryBucket
from tests.fakes.foreign import LETTER, LETTER_OF_TASK
from tests.fakes.words import kept, manifest
from workers.rolling.roller import Roller

MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC)
NEXT = MIDNIGHT + timedelta(days=1, hours=2)


class DatedBucket(MemoryBucket):
    """A bucket whose time is told by the test; it counts what is read."""

    def __init__(self) -> None:
        super().__init__()
        self.time = MIDNIGHT
        self.gets: list[str] = []

    def now(self) -> datetime:
        return self.time

    def get(self, key: str) -> Stored:
        self.gets.append(key)
        return super().get(key)._replace(modified=self.objects[key].modified)

    def put(self, key: str, *arguments: object, **named: object) -> None:
        super().put(key, *arguments, **named)  # type: ignore[arg-type] # as they came
        self.objects[key] = self.objects[key]._replace(modified=self.time)


def _commit(bucket: DatedBucket, at: datetime, number: int) -> None:
    task = f"task-unified-{int(at.timestamp())}-{number:05d}"
    line = line_of(
        manifest(
            structs.replace(kept(), key=layout.asset_key(at.date(), "evolink", task, 0, "png")),
            task_id=task,
            changed_at=at,
        ),
        layout.manifest_key(at.date(), "evolink", task),
    )
    bucket.time = at
    bucket.put_new(catalog_keys.catalog_key(layout.batch_id(at)), line.to_json() + b"\n")


def _roll(bucket: DatedBucket, folder: Path, until: datetime) -> Iterator[datetime]:
    """Look again and again, a few minutes apart."""
    roller = Roller(bucket, DayTables(folder), folder)
    while bucket.time < until:
        bucket.time += timedelta(minutes=3)
        done = roller.look(MIDNIGHT.date())
        if done.rolled or done.removed:
            yield bucket.time


def _read(bucket: DatedBucket, span: Span | None = None) -> CatalogueReading:
    return read_catalogue(bucket, span or Span(MIDNIGHT))


@pytest.fixture
def bucket() -> DatedBucket:
    made = DatedBucket()
    for number in range(150):
        _commit(made, MIDNIGHT + timedelta(minutes=number // 2, seconds=number), number)
    letter = line_of_letter(LETTER, LETTER_OF_TASK, MIDNIGHT + timedelta(minutes=80))
    made.put_new(
        catalog_keys.catalog_key(layout.batch_id(MIDNIGHT + timedelta(minutes=80))), letter.to_json() + b"\n"
    )
    return made


def test_a_day_becomes_one_table_and_is_read_the_same_all_the_while(
    bucket: DatedBucket, tmp_path: Path
) -> None:
    before, page = _read(bucket), CatalogueLibrary(bucket).page(Query(Span(MIDNIGHT)), most=20)
    assert (150, 1) == (len(before.lines), len(before.letters))
    for _ in _roll(bucket, tmp_path, NEXT):
        assert before == _read(bucket)

    [table] = bucket.objects
    assert table.startswith("catalog/2026/11/21~")
    assert {"rolled-schema": "1"} == bucket.metadata[table]
    bucket.gets.clear()
    assert before == _read(bucket)
    assert [table] == bucket.gets
    assert [] == list(tmp_path.iterdir())
    assert page.rows == CatalogueLibrary(bucket).page(Query(Span(MIDNIGHT)), most=20).rows
    narrow = Span(MIDNIGHT + timedelta(minutes=10), MIDNIGHT + timedelta(minutes=20))
    assert tuple(line for line in before.lines if line.changed_at in narrow) == _read(bucket, narrow).lines


def test_a_line_that_comes_late_to_a_closed_day_makes_a_second_table(
    bucket: DatedBucket, tmp_path: Path
) -> None:
    list(_roll(bucket, tmp_path, NEXT))
    _commit(bucket, MIDNIGHT + timedelta(minutes=1, seconds=7), 999)
    bucket.time = NEXT
    list(_roll(bucket, tmp_path, NEXT + timedelta(hours=1)))

    assert 2 == len(bucket.objects)
    assert all(key.endswith(".parquet") for key in bucket.objects)
    assert 151 == len(_read(bucket).lines)


def test_a_killed_roll_up_is_gone_on_with(bucket: DatedBucket, tmp_path: Path) -> None:
    """After each write and each removal a new worker takes over; nothing is lost and nothing is left."""
    before = _read(bucket)
    while bucket.time < NEXT or len(bucket.objects) > 1:
        for _ in _roll(bucket, tmp_path, NEXT + timedelta(hours=1)):
            break
        assert before == _read(bucket)


def test_a_table_that_cannot_be_read_is_counted_and_what_stands_beside_it_is_read(
    bucket: DatedBucket, tmp_path: Path
) -> None:
    before = _read(bucket)
    bucket.put(catalog_keys.rolled_key(MIDNIGHT.date(), None, "01ARZ3NDEKTSV4RRFFQ69G5FAV", 0), b"no table")
    bucket.put(catalog_keys.rolled_key(MIDNIGHT.date(), 0, "01ARZ3NDEKTSV4RRFFQ69G5FAV", 0), b"no head\n")
    bucket.put("catalog/2026/11/21/00/readme.txt", b"hello")

    after = _read(bucket)
    assert (before.lines, before.letters, 3) == (after.lines, after.letters, after.malformed)
    list(_roll(bucket, tmp_path, NEXT))
    assert before.lines == _read(bucket).lines


def test_a_newer_roll_up_is_refused_by_its_name_and_left_alone(bucket: DatedBucket, tmp_path: Path) -> None:
    key = "catalog/2026/11/21~01ARZ3NDEKTSV4RRFFQ69G5FAV.2.parquet"
    bucket.put(key, b"of a version to come")
    there = dict(bucket.objects)

    with pytest.raises(NewerRecord, match=key):
        _read(bucket)
    bucket.time = NEXT
    with pytest.raises(NewerRecord, match=key):
        Roller(bucket, DayTables(tmp_path), tmp_path).look(MIDNIGHT.date())
    assert there == bucket.objects


def test_what_is_gone_between_listing_and_reading_is_found_where_it_went(
    bucket: DatedBucket, tmp_path: Path
) -> None:
    files = CatalogueFiles(bucket)
    pieces = files.day(MIDNIGHT.date())
    first = list(next(pieces).lines)
    list(_roll(bucket, tmp_path, NEXT))
    found = {line.subject for piece in pieces for line in piece.lines} | {line.subject for line in first}

    assert 151 == len(found)
    assert 0 == files.passed.malformed


def test_a_day_of_others_is_malformed(tmp_path: Path) -> None:
    with pytest.raises(MalformedRecord):
        DayTables(tmp_path).head("catalog/x", b"x")
