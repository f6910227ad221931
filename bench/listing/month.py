"""The catalogue of a month in a bucket: closed days rolled up, today as hours and a tail of batches."""

from __future__ import annotations

import itertools
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from ulid import ULID

from archive import catalog_keys
from archive.records.catalogue import CatalogueLine
from archive.records.rolled import RolledHead
from archive.rolled.tables import DayTables
from archive.store.bucket import Bucket
from bench.listing.contents import lines_of

# What a tail has at most, of lines that come two seconds apart.
BATCHES, BATCH_LINES = 60, 5


def write_month(bucket: Bucket, now: datetime, days: int, tasks_a_day: int) -> int:
    """Write the days before this moment, and today up to it; how many tasks."""
    written = 0
    for back in range(days - 1, 0, -1):
        day = now.date() - timedelta(days=back)
        sys.stderr.write(f"list: writing {day}\n")
        _write_day(bucket, day, tasks_a_day)
        written += tasks_a_day
    return written + _write_today(bucket, now, tasks_a_day)


def _write_day(bucket: Bucket, day: date, tasks: int) -> None:
    first = str(ULID.from_datetime(datetime.combine(day, time(), tzinfo=UTC)))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "day"
        DayTables().write(file, (), (line.to_json() + b"\n" for line in lines_of(day, tasks)))
        bucket.put(catalog_keys.rolled_key(day, None, first, 0), file)


def _write_today(bucket: Bucket, now: datetime, tasks_a_day: int) -> int:
    """An hour each, and the last lines as batches."""
    share = (now - datetime.combine(now.date(), time(), now.tzinfo)) / timedelta(days=1)
    count = max(BATCHES * BATCH_LINES, int(tasks_a_day * share))
    lines = lines_of(now.date(), count, until=now.timetz().replace(tzinfo=None))
    for hour, together in itertools.groupby(
        itertools.islice(lines, count - BATCHES * BATCH_LINES), key=lambda line: line.changed_at.hour
    ):
        begins = datetime.combine(now.date(), time(hour), now.tzinfo)
        key = catalog_keys.rolled_key(now.date(), hour, str(ULID.from_datetime(begins)), 0)
        bucket.put(key, _body([RolledHead().to_json()], together))
    while batch := list(itertools.islice(lines, BATCH_LINES)):
        bucket.put(
            catalog_keys.catalog_key(str(ULID.from_datetime(batch[-1].changed_at))), _body([], iter(batch))
        )
    return count


def _body(head: list[bytes], lines: Iterator[CatalogueLine]) -> bytes:
    return b"".join(each + b"\n" for each in itertools.chain(head, (line.to_json() for line in lines)))
