"""The catalogue's objects, read as lines: batches, hours that were rolled up, and days.

A reader lists what is rolled up after what it replaces (keys sort so), leaves out what a file that it has read replaces,
and lists again where something is gone meanwhile: then a file stands that has it. A line may come twice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any, NamedTuple, Protocol

from archive import catalog_keys
from archive.errors import BucketUnavailable, MalformedRecord, Missing, NewerRecord
from archive.library.reading import READERS, at_once
from archive.records.belonging import refuse_foreign_line
from archive.records.catalogue import LISTED_WITHIN, Line, read_line
from archive.records.rolled import RolledHead
from archive.rolled.columns import NAMES
from archive.rolled.day import CatalogueDay
from archive.rolled.heads import head_of_hour, refuse_newer_key
from archive.rolled.tables import DayTables
from archive.store.bucket import Bucket

# The clocks of two workers differ by up to a second, so that a line may seem older than what it tells of.
BEHIND = timedelta(minutes=2)
# The next run lists what a killed worker could not; that write itself may be slow, or its process asleep.
AHEAD = 2 * LISTED_WITHIN
# Each means that a roll-up came between the listing and the reading; so many in a row do not happen.
LISTINGS_MOST = 10
# Batches that are read ahead of who asks for their lines.
_AHEAD = 4 * READERS


class DayReader(Protocol):
    """Who reads a day's file, given its bytes."""

    def lines(
        self,
        key: str,
        body: bytes,
        columns: Collection[str],
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> AbstractContextManager[tuple[RolledHead, Iterator[bytes]]]:
        """Its head, and its lines with these columns. Raises MalformedRecord, NewerRecord, TableTrouble."""


@dataclass
class Passed:
    """What was passed over: lines and objects that cannot be read, and lines that a newer version wrote."""

    malformed: int = 0
    newer: int = 0


class Piece(NamedTuple):
    """One object of the catalogue. Its lines are read as they are asked for, and not after the next piece."""

    key: str
    lines: Iterator[Line]


class CatalogueFiles:
    """Reads the objects of the catalogue. Rows of days have the columns that are wanted, and what a line must have."""

    # The model does one thing after the other.
    several: Callable[..., Iterator[Any]] = staticmethod(at_once)

    def __init__(
        self, bucket: Bucket, *, columns: Collection[str] = NAMES, tables: DayReader | None = None
    ) -> None:
        self._bucket, self._columns = bucket, columns
        self._tables = tables or DayTables()
        self.passed = Passed()

    def day(self, day: date, since: datetime | None = None, until: datetime | None = None) -> Iterator[Piece]:
        """The objects of a day, the rolled ones first; of its Parquet only what changed within the moments.

        Raises:
            NewerRecord: if a newer version rolled it up, naming the file.
            BucketUnavailable: if S3 is away.
            TableTrouble: if a Parquet file comes to no end.
        """
        done: set[str] = set()
        for _ in range(LISTINGS_MOST):
            listed = self._bucket.list(catalog_keys.catalog_day(day))
            there = CatalogueDay(day, (each for each in listed if _may_tell(each.key, since, until)))
            if not done:
                self.passed.malformed += len(there.foreign)
            missed = False
            gone = set(done)
            for key in there.by_rank:
                if key in gone:
                    continue
                try:
                    with self.opened(key, since, until) as (replaces, lines):
                        gone |= replaces
                        yield Piece(key, lines)
                except Missing:
                    missed = True
                    continue
                done.add(key)
            batches = [key for keys in there.batches.values() for key in keys if key not in gone]
            for key, body in self._bodies(reversed(batches)):
                if body is None:
                    missed = True
                    continue
                done.add(key)
                yield Piece(key, self._parsed(body.split(b"\n")))
            if not missed:
                return
        raise BucketUnavailable(
            f"{catalog_keys.catalog_day(day)}: the catalogue is rolled up faster than it is read"
        )

    @contextmanager
    def opened(
        self, key: str, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[tuple[frozenset[str], Iterator[Line]]]:
        """One object: what it replaces, and its lines. A file that is damaged is counted, and has none.

        Raises:
            Missing: if it is gone; what replaces it sorts behind it.
            NewerRecord, BucketUnavailable, TableTrouble: as `day` does.
        """
        told = catalog_keys.read_catalog_key(key)
        refuse_newer_key(key)
        body = self._bucket.get(key).body
        if not told.rolled:
            yield frozenset(), self._parsed(body.split(b"\n"))
            return
        if told.hour is not None:
            replaces, first = self._head(key, body)
            yield replaces, self._parsed(_lines(body, first))
            return
        with ExitStack() as stack:
            try:
                reading = self._tables.lines(key, body, self._columns, since, until)
                head, lines = stack.enter_context(reading)
            except MalformedRecord:
                self.passed.malformed += 1
                yield frozenset(), iter(())
            else:
                yield frozenset(head.replaces), self._counted(self._parsed(lines))

    def _counted(self, lines: Iterator[Line]) -> Iterator[Line]:
        """Lines of a file that may turn out to be damaged on the way."""
        try:
            yield from lines
        except MalformedRecord:
            self.passed.malformed += 1

    def _head(self, key: str, body: bytes) -> tuple[frozenset[str], int]:
        """What an hour replaces, and where its lines begin."""
        try:
            return frozenset(head_of_hour(key, body).replaces), body.index(b"\n") + 1
        except MalformedRecord:
            return frozenset(), 0

    def _bodies(self, keys: Iterable[str]) -> Iterator[tuple[str, bytes | None]]:
        """Batches, several at the same time and few ahead; None for one that is gone."""

        def read(key: str) -> tuple[str, bytes | None]:
            try:
                return key, self._bucket.get(key).body
            except Missing:
                return key, None

        left = iter(keys)
        while some := list(islice(left, _AHEAD)):
            yield from self.several(read, some)

    def _parsed(self, texts: Iterable[bytes]) -> Iterator[Line]:
        for text in texts:
            if not text or text.isspace():
                continue
            try:
                line = read_line(text)
                refuse_foreign_line(line)
            except NewerRecord:
                self.passed.newer += 1
            except MalformedRecord:
                self.passed.malformed += 1
            else:
                yield line


def _lines(body: bytes, start: int) -> Iterator[bytes]:
    """The lines of a large body one after another, without a copy of it."""
    while start < len(body):
        end = body.find(b"\n", start)
        end = len(body) if end < 0 else end
        yield body[start:end]
        start = end + 1


def _may_tell(key: str, since: datetime | None, until: datetime | None) -> bool:
    """Whether the hour of an object's commit lies near enough to a span for its lines to be of that."""
    try:
        told = catalog_keys.read_catalog_key(key)
    except ValueError:
        return True
    if told.hour is None:
        return True
    begins = datetime.combine(told.day, time(told.hour), UTC)
    return (until is None or begins <= until + AHEAD) and (
        since is None or begins + timedelta(hours=1) > since - BEHIND
    )
