"""The roll-up on a real S3: names that sort, conditions, files as bodies; by two workers at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive import catalog_keys, layout
from archive.library.catalogue_reading import read_catalogue
from archive.library.span import Span
from archive.records.catalogue import line_of
from archive.rolled.day import PIECES_MOST
from archive.rolled.tables import DayTables
from archive.store.bucket import Bucket
from tests.fakes.words import manifest
from workers.rolling.roller import Roller

BEGAN = (datetime.now(UTC) - timedelta(days=2)).replace(hour=0, minute=0, second=0, microsecond=0)
DAY = BEGAN.date()


def _commit(bucket: Bucket, at: datetime, number: int) -> None:
    task = f"task-unified-{int(at.timestamp())}-{number:05d}"
    line = line_of(manifest(task_id=task, changed_at=at), layout.manifest_key(at.date(), "evolink", task))
    bucket.put_new(catalog_keys.catalog_key(layout.batch_id(at)), line.to_json() + b"\n")


def test_two_workers_make_one_file_of_a_day_and_nothing_is_lost(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.rolled.day.GRACE", timedelta(0))
    for number in range(PIECES_MOST + 4):
        _commit(bucket, BEGAN + timedelta(minutes=number), number)
    _commit(bucket, BEGAN + timedelta(hours=5), 99)
    before = read_catalogue(bucket, Span(BEGAN))
    assert PIECES_MOST + 5 == len(before.lines)
    rollers = [Roller(bucket, DayTables(tmp_path), tmp_path) for _ in range(2)]

    with ThreadPoolExecutor(2) as pool:
        for _ in range(6):
            list(pool.map(lambda roller: roller.look(DAY), rollers))
            assert before == read_catalogue(bucket, Span(BEGAN))

    [table] = [listed.key for listed in bucket.list(layout.CATALOG)]
    assert table.startswith(f"{catalog_keys.catalog_day(DAY)}~")
    assert table.endswith(".parquet")
