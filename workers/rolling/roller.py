"""What stands in one day of the catalogue becomes fewer objects: each file is written once, and then what it lists goes.

Two workers that do the same meet on one name, and the first one wins; what the other gathered stays until a file
that stands lists it. Killed anywhere, the next one goes on from what stands. Nothing here needs a lock.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from archive import catalog_keys
from archive.errors import Missing, Taken
from archive.library.reading import at_once
from archive.records.rolled import ROLLED_SCHEMA, RolledHead
from archive.rolled.day import CatalogueDay, Roll, Told
from archive.rolled.heads import Heads, Tables
from archive.store.bucket import NDJSON, Bucket

log = logging.getLogger(__name__)

PARQUET = "application/vnd.apache.parquet"
# Sources that are read at the same time, which leaves connections to the jobs; and of a day, whose hours are large.
_AHEAD = 4
_HOURS_AHEAD = 2


class DayWriter(Tables, Protocol):
    """Who makes a day's file of lines."""

    def write(self, target: Path, replaces: tuple[str, ...], pieces: Iterable[bytes]) -> None:
        """Make it under a path. Raises TableTrouble."""


class Done(NamedTuple):
    """What a look at a day came to: files written, objects removed, batches that stand by themselves."""

    rolled: int
    removed: int
    tail: int


class Roller:
    """Looks at a day and does what is due there; `folder` is where files stand while they are written."""

    # The model does one thing after the other, and plants flaws in what a day comes to.
    several: Callable[..., Iterator[Any]] = staticmethod(at_once)
    day_kind: type[CatalogueDay] = CatalogueDay

    def __init__(self, bucket: Bucket, tables: DayWriter, folder: Path) -> None:
        self._bucket, self._tables, self._folder = bucket, tables, folder
        self._heads = Heads(bucket, tables)

    def look(self, day: date, spread: timedelta = timedelta(0)) -> Done:
        """Roll up what is due in a day, and remove what was replaced for long enough.

        Raises:
            NewerRecord: if a newer version rolled it up: the day is left to it.
            TableTrouble: if the day's file could not be made; it stays as it is, and reading it is right.
            BucketUnavailable: if S3 is away.
        """
        there = self.day_kind(day, self._bucket.list(catalog_keys.catalog_day(day)))
        if there.is_one:
            return Done(0, 0, 0)
        heads = self._heads.of(there)
        now = self._bucket.now()
        removed = self._remove(there, heads, now)
        rolled = sum(self._roll(roll) for roll in there.due(heads, now, spread))
        return Done(rolled, removed, there.tail(heads))

    def _remove(self, there: CatalogueDay, heads: Told, now: datetime) -> int:
        keys = there.removable(heads, now)
        return sum(1 for _ in self.several(self._bucket.delete, keys, _AHEAD))

    def _roll(self, roll: Roll) -> bool:
        """Write one file, unless somebody was faster; whether it is ours."""
        with tempfile.TemporaryDirectory(prefix="roll-", dir=self._folder) as folder:
            target = Path(folder) / "rolled"
            try:
                if roll.hour is None:
                    self._tables.write(target, roll.replaces, self._bodies(roll))
                else:
                    self._write_hour(target, roll)
                self._put(roll, target)
            except (Missing, Taken):
                log.debug("catalogue: %s is another worker's", roll.key)
                return False
        log.info("catalogue: rolled %d objects up into %s", len(roll.sources), roll.key)
        return True

    def _put(self, roll: Roll, target: Path) -> None:
        content_type = PARQUET if roll.hour is None else NDJSON
        metadata = {"rolled-schema": str(ROLLED_SCHEMA)}
        self._bucket.put_new(roll.key, target, content_type=content_type, metadata=metadata)

    def _write_hour(self, target: Path, roll: Roll) -> None:
        with target.open("wb") as file:
            file.write(RolledHead(replaces=roll.replaces).to_json() + b"\n")
            file.writelines(self._bodies(roll))

    def _bodies(self, roll: Roll) -> Iterator[bytes]:
        """The lines of the sources, each ending in a line break. Raises Missing."""
        left = iter(roll.sources)
        while some := list(islice(left, _AHEAD if roll.hour is not None else _HOURS_AHEAD)):
            yield from self.several(self._lines, some, _AHEAD)

    def _lines(self, key: str) -> bytes:
        body = self._bucket.get(key).body
        if catalog_keys.read_catalog_key(key).rolled:
            body = body[body.find(b"\n") + 1 :]
        return body if body.endswith(b"\n") else body + b"\n"
