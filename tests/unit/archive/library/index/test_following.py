"""The index follows a catalogue that is rolled up: nothing twice, and nothing left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from ulid import ULID

from archive import catalog_keys
from archive.errors import NewerRecord
from archive.library.catalogue_library import CatalogueLibrary
from archive.library.index.feeding import Feeder
from archive.library.index.index_file import IndexFile
from archive.library.index.index_library import IndexLibrary
from archive.library.query import Query
from archive.records.catalogue import Line
from archive.records.rolled import RolledHead
from archive.rolled.tables import DayTables
from tests.fakes.bucket import MemoryBucket
from tests.fakes.catalogue import line, put_lines

START = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
LINES: list[Line] = [line(f"task-{number:04d}", at=START + timedelta(minutes=number)) for number in range(6)]


@pytest.fixture
def bucket() -> MemoryBucket:
    return MemoryBucket()


@pytest.fixture
def file(tmp_path: Path) -> IndexFile:
    return IndexFile(tmp_path / "index.sqlite")


def at(bucket: MemoryBucket, moment: datetime) -> None:
    bucket.clock.hear(format_datetime(moment))


def hour_of(bucket: MemoryBucket, keys: list[str], lines: list[Line]) -> str:
    """The hour rolled up from these batches, which are removed."""
    first = catalog_keys.read_catalog_key(keys[0]).first
    key = catalog_keys.rolled_key(START.date(), START.hour, first, 0)
    head = RolledHead(replaces=tuple(keys)).to_json()
    bucket.put(key, b"".join(each + b"\n" for each in (head, *(told.to_json() for told in lines))))
    for gone in keys:
        bucket.delete(gone)
    return key


def day_of(bucket: MemoryBucket, folder: Path, keys: list[str], lines: list[Line]) -> str:
    target = folder / "day.parquet"
    DayTables().write(target, tuple(keys), (told.to_json() + b"\n" for told in lines))
    key = catalog_keys.rolled_key(START.date(), None, str(ULID.from_datetime(START)), 0)
    bucket.put(key, target)
    for gone in keys:
        bucket.delete(gone)
    return key


def same(bucket: MemoryBucket, file: IndexFile, count: int) -> None:
    told = IndexLibrary(bucket, file).page(Query(), None, 100)
    assert told.rows == CatalogueLibrary(bucket).page(Query(), None, 100).rows
    assert count == told.counted


def test_what_was_read_as_batches_is_not_read_again_as_an_hour_or_a_day(
    bucket: MemoryBucket, file: IndexFile, tmp_path: Path
) -> None:
    at(bucket, START + timedelta(minutes=10))
    keys = [put_lines(bucket, [each]) for each in LINES]
    assert 6 == Feeder(bucket, file).feed().lines
    hour = hour_of(bucket, keys, LINES)
    assert 0 == Feeder(bucket, file).feed().lines
    at(bucket, START + timedelta(days=1))
    day_of(bucket, tmp_path, [hour], LINES)
    assert 0 == Feeder(bucket, file).feed().lines
    same(bucket, file, 6)


def test_a_batch_that_was_not_read_comes_with_its_hour_and_its_day(
    bucket: MemoryBucket, file: IndexFile, tmp_path: Path
) -> None:
    at(bucket, START + timedelta(minutes=10))
    keys = [put_lines(bucket, [each]) for each in LINES[:3]]
    Feeder(bucket, file).feed()
    keys += [put_lines(bucket, [each]) for each in LINES[3:5]]
    hour = hour_of(bucket, keys, LINES[:5])
    assert Feeder(bucket, file).feed().up_to_date
    same(bucket, file, 5)
    late = put_lines(bucket, LINES[5:])
    day_of(bucket, tmp_path, [hour, late], LINES)
    assert Feeder(bucket, file).feed().up_to_date
    same(bucket, file, 6)


def test_made_anew_it_reads_days_then_hours_then_the_tail(
    bucket: MemoryBucket, file: IndexFile, tmp_path: Path
) -> None:
    at(bucket, START + timedelta(days=2))
    day_of(bucket, tmp_path, [], LINES)
    put_lines(bucket, [line("task-tail", at=START + timedelta(days=2))])
    fed = Feeder(bucket, file).feed()
    assert (True, 2, 7) == (fed.up_to_date, fed.objects, fed.lines)
    assert 0 == Feeder(bucket, file).feed().lines
    same(bucket, file, 7)


def test_batches_that_stand_beside_their_hour_for_a_grace_are_not_read(
    bucket: MemoryBucket, file: IndexFile
) -> None:
    at(bucket, START + timedelta(minutes=10))
    keys = [put_lines(bucket, [each]) for each in LINES]
    bodies = {key: bucket.get(key).body for key in keys}
    hour_of(bucket, keys, LINES)
    for key, body in bodies.items():
        bucket.put(key, body)
    assert 6 == Feeder(bucket, file).feed().lines
    same(bucket, file, 6)


def test_an_hour_of_a_newer_version_is_told_and_not_passed_over(
    bucket: MemoryBucket, file: IndexFile
) -> None:
    at(bucket, START + timedelta(minutes=10))
    bucket.put(f"catalog/2026/11/21/07~{ULID.from_datetime(START)}.99.ndjson", b"{}\n")
    with pytest.raises(NewerRecord, match="update this one"):
        Feeder(bucket, file).feed()
