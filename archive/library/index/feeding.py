"""Follow the catalogue: read what the index does not know yet, a piece at a time, and go on where that ended.

The bookmark is a key of the catalogue before which everything has been read. It lags by an hour, and the keys beyond
it that have been read are remembered: what lands late under an old key is found.
"""

from __future__ import annotations

import itertools
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from archive.library.index.catalogue_files import CatalogueFile, files_after, lags, read_files
from archive.library.index.index_file import IndexFile, fact, make_late_indexes, set_fact
from archive.library.index.index_library import AS_OF, WHOLE
from archive.library.index.writing import Writer
from archive.library.place import microseconds
from archive.store.bucket import Bucket

BOOKMARK = "bookmark"
# Committed together: what a crash makes one read again, and what the file beside the index grows by.
LINES_A_COMMIT = 50_000
# Objects that are read ahead of being written.
KEYS_A_PIECE = 200
# An object may go while the catalogue is rolled up: what stands in its place is listed anew.
ROUNDS_MOST = 3

# Told after each commit: objects and lines that have been read by now.
Progress = Callable[[int, int], None]


class Fed(NamedTuple):
    """What came of it: whether the index knows all that stood there when it began; `other` feeds it where not."""

    up_to_date: bool
    objects: int = 0
    lines: int = 0
    other: bool = False


class Feeder:
    """Brings an index up to date."""

    def __init__(self, bucket: Bucket, file: IndexFile) -> None:
        self._bucket, self._file = bucket, file

    def feed(
        self, *, wait: bool = False, within_s: float | None = None, progress: Progress | None = None
    ) -> Fed:
        """Read what is new, for so many seconds at most. Raises BucketUnavailable, IndexUnusable."""
        end = None if within_s is None else time.monotonic() + within_s
        with self._file.feeding(wait=wait) as connection:
            if connection is None:
                return Fed(up_to_date=False, other=True)
            return _Round(self._bucket, connection, end, progress).run()


class _Round:
    """One bringing up to date."""

    def __init__(
        self, bucket: Bucket, connection: sqlite3.Connection, end: float | None, progress: Progress | None
    ) -> None:
        self._bucket, self._connection, self._end, self._progress = bucket, connection, end, progress
        self._writer = Writer(connection)
        self._objects = self._lines = 0

    def run(self) -> Fed:
        for _ in range(ROUNDS_MOST):
            began = self._bucket.now()
            finished, gone = self._go_through(began)
            if not finished:
                return Fed(up_to_date=False, objects=self._objects, lines=self._lines)
            if not gone:
                self._finish(began)
                break
        return Fed(up_to_date=not gone, objects=self._objects, lines=self._lines)

    def _go_through(self, began: datetime) -> tuple[bool, bool]:
        """All that is listed now; whether that was all, and whether something went meanwhile."""
        limit = lags(began)
        gone = False
        for piece in _pieces(self._new(), KEYS_A_PIECE):
            left = iter(piece)
            read = read_files(self._bucket, piece)
            for files in _portions(read):
                self._connection.execute("BEGIN IMMEDIATE")
                for file in files:
                    gone = _skipped(left, file.key) or gone
                    self._add(file, limit, gone=gone)
                self._writer.flush()
                self._connection.execute("COMMIT")
                if self._progress:
                    self._progress(self._objects, self._lines)
                if self._end is not None and time.monotonic() > self._end:
                    return False, gone
            gone = next(left, None) is not None or gone
        return True, gone

    def _new(self) -> Iterator[str]:
        for key in files_after(self._bucket, fact(self._connection, BOOKMARK) or ""):
            if not self._connection.execute("SELECT 1 FROM seen WHERE key = ?", (key,)).fetchone():
                yield key

    def _add(self, file: CatalogueFile, limit: str, *, gone: bool) -> None:
        self._writer.add(file.lines)
        if file.malformed or file.newer:
            self._connection.execute(
                "INSERT OR REPLACE INTO spoiled VALUES (?, ?, ?)", (file.key, file.malformed, file.newer)
            )
        if file.key < limit and not gone:
            set_fact(self._connection, BOOKMARK, file.key)
        else:
            self._connection.execute("INSERT OR IGNORE INTO seen VALUES (?)", (file.key,))
        self._objects += 1
        self._lines += len(file.lines)

    def _finish(self, began: datetime) -> None:
        """Everything is read: the bookmark may be where nothing comes any more, and the index be asked."""
        self._connection.execute("BEGIN IMMEDIATE")
        bookmark = max(fact(self._connection, BOOKMARK) or "", lags(began))
        set_fact(self._connection, BOOKMARK, bookmark)
        self._connection.execute("DELETE FROM seen WHERE key <= ?", (bookmark,))
        if fact(self._connection, WHOLE) is None:
            make_late_indexes(self._connection)
            set_fact(self._connection, WHOLE, "1")
        set_fact(self._connection, AS_OF, str(microseconds(began)))
        self._connection.execute("COMMIT")


def _pieces(keys: Iterator[str], most: int) -> Iterator[list[str]]:
    while piece := list(itertools.islice(keys, most)):
        yield piece


def _portions(files: Iterator[CatalogueFile]) -> Iterator[list[CatalogueFile]]:
    """Files that are committed together."""
    portion: list[CatalogueFile] = []
    lines = 0
    for file in files:
        portion.append(file)
        lines += len(file.lines)
        if lines >= LINES_A_COMMIT:
            yield portion
            portion, lines = [], 0
    if portion:
        yield portion


def _skipped(keys: Iterator[str], read: str) -> bool:
    """Whether keys before this one were not read."""
    return sum(1 for _ in itertools.takewhile(lambda key: key != read, keys)) > 0
