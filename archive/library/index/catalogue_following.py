"""The objects of the catalogue that the index does not know yet, a day after the other, each with its lines."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from archive import catalog_keys, layout
from archive.errors import Missing
from archive.library.catalogue_files import AHEAD, BEHIND, CatalogueFiles
from archive.library.reading import at_once
from archive.library.span import Span
from archive.records.catalogue import Line
from archive.rolled.day import CatalogueDay
from archive.store.bucket import Bucket
from archive.store.listing import Listed

# A PUT that was frozen on its way may land late, under the key of when it was made; one that is later than that is
# read when the index is built again, or with the second file of its day.
LAG = timedelta(hours=1)
# Batches that are read at the same time; so many bodies are held.
BATCHES_TOGETHER = 64
# Lines of a large object that are read, and stand in memory, together.
LINES_TOGETHER = 1_000


class Portion(NamedTuple):
    """Lines of an object; `last` once all of it is told. `malformed` and `newer` are passed over."""

    key: str
    lines: list[Line]
    last: bool
    malformed: int = 0
    newer: int = 0


class CatalogueFollowing:
    """Reads what is new; `known` tells of a key whether it was read before."""

    def __init__(self, bucket: Bucket, connection: sqlite3.Connection) -> None:
        self._bucket = bucket
        self._do = connection.execute
        self._files = CatalogueFiles(bucket)
        # Whether an object of the day went between its listing and its reading: what replaces it is listed next time.
        self.missed = False

    def days(self, bookmark: str) -> Iterator[tuple[str, list[Listed]]]:
        """The objects behind a bookmark by their days, in the order of time."""
        listed = self._bucket.list(layout.CATALOG, after=bookmark)
        for day, objects in itertools.groupby(listed, key=lambda each: each.key[: len(layout.CATALOG) + 10]):
            yield day, list(objects)

    def portions(self, objects: list[Listed], bookmark: str) -> Iterator[Portion]:
        """The lines of a day's objects: what is rolled up first, and nothing that such a file replaces."""
        self.missed = False
        told = catalog_keys.catalog_day_in(objects[0].key)
        if told is None:
            return
        day = CatalogueDay(told, objects)
        gone: set[str] = set()
        for key in day.by_rank:
            if key not in gone and not self._is_known(key, bookmark):
                try:
                    yield from self._rolled(key, bookmark, gone)
                except Missing:
                    self.missed = True
        batches = (key for keys in day.batches.values() for key in keys)
        yield from self._batches(
            key for key in batches if key not in gone and not self._is_known(key, bookmark)
        )

    def _rolled(self, key: str, bookmark: str, gone: set[str]) -> Iterator[Portion]:
        before = self._passed
        with self._files.opened(key) as (replaces, lines):
            if replaces and all(self._is_known(each, bookmark) for each in replaces):
                gone |= replaces
                yield Portion(key, [], last=True)
                return
            while some := list(itertools.islice(lines, LINES_TOGETHER)):
                yield Portion(key, some, last=False)
            gone |= replaces
        malformed, newer = self._passed
        yield Portion(key, [], last=True, malformed=malformed - before[0], newer=newer - before[1])

    def _batches(self, keys: Iterable[str]) -> Iterator[Portion]:
        left = iter(keys)
        while some := list(itertools.islice(left, BATCHES_TOGETHER)):
            for key, lines, passed in at_once(self._batch, some):
                if lines is None:
                    self.missed = True
                else:
                    yield Portion(key, lines, last=True, malformed=passed[0], newer=passed[1])

    def _batch(self, key: str) -> tuple[str, list[Line] | None, tuple[int, int]]:
        files = CatalogueFiles(self._bucket)
        try:
            with files.opened(key) as (_, lines):
                told = list(lines)
        except Missing:
            return key, None, (0, 0)
        return key, told, (files.passed.malformed, files.passed.newer)

    @property
    def _passed(self) -> tuple[int, int]:
        return self._files.passed.malformed, self._files.passed.newer

    def _is_known(self, key: str, bookmark: str) -> bool:
        return key <= bookmark or self._do("SELECT 1 FROM seen WHERE key = ?", (key,)).fetchone() is not None


def lags(now: datetime) -> str:
    """The key before which nothing comes any more."""
    # With its slash: behind the bare name of a folder SeaweedFS leaves out the whole of it.
    return f"{layout.CATALOG}{now.astimezone(UTC) - LAG:%Y/%m/%d/%H}/"


def keys_of(span: Span) -> tuple[str, str]:
    """Behind which key the lines of a span stand, and up to which."""
    first = f"{layout.CATALOG}{span.since.astimezone(UTC) - BEHIND:%Y/%m/%d/%H}/" if span.since else ""
    last = f"{layout.CATALOG}{span.until.astimezone(UTC) + AHEAD:%Y/%m/%d/%H}/~" if span.until else "~"
    return first, last
