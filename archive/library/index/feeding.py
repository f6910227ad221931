"""Follow the catalogue: read what the index does not know yet, a piece at a time, and go on where that ended.

The bookmark is a key of the catalogue before which everything has been read. It lags by an hour, and the keys beyond
it that have been read are remembered: what lands late under an old key is found.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from archive.library.index.catalogue_following import CatalogueFollowing, Portion, lags
from archive.library.index.index_file import IndexFile, fact, make_late_indexes, set_fact
from archive.library.index.index_library import AS_OF, WHOLE
from archive.library.index.writing import Writer
from archive.library.place import microseconds
from archive.store.bucket import Bucket

BOOKMARK = "bookmark"
# Committed together: what a crash makes one read again, and what the file beside the index grows by.
LINES_A_COMMIT = 50_000
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
        self._following = CatalogueFollowing(bucket, connection)
        self._objects = self._lines = self._uncommitted = 0
        self._missed = False

    def run(self) -> Fed:
        for _ in range(ROUNDS_MOST):
            began = self._bucket.now()
            self._missed = False
            finished = self._go_through(lags(began))
            if not finished:
                return Fed(up_to_date=False, objects=self._objects, lines=self._lines)
            if not self._missed:
                self._finish(began)
                break
        return Fed(up_to_date=not self._missed, objects=self._objects, lines=self._lines)

    def _go_through(self, limit: str) -> bool:
        """All that is listed now; False where the time is over before."""
        bookmark = fact(self._connection, BOOKMARK) or ""
        self._connection.execute("BEGIN IMMEDIATE")
        for _, objects in self._following.days(bookmark):
            for portion in self._following.portions(objects, bookmark):
                self._add(portion)
                if self._uncommitted >= LINES_A_COMMIT or self._is_over:
                    self._commit()
                    if self._is_over:
                        return False
                    self._connection.execute("BEGIN IMMEDIATE")
            self._missed = self._missed or self._following.missed
            if objects[-1].key < limit and not self._missed:
                # All of this day is read, and nothing lands there any more but what a second file of it tells.
                set_fact(self._connection, BOOKMARK, objects[-1].key)
                self._connection.execute("DELETE FROM seen WHERE key <= ?", (objects[-1].key,))
        self._commit()
        return True

    @property
    def _is_over(self) -> bool:
        return self._end is not None and time.monotonic() > self._end

    def _add(self, portion: Portion) -> None:
        self._writer.add(portion.lines)
        self._lines += len(portion.lines)
        self._uncommitted += len(portion.lines)
        if not portion.last:
            return
        self._objects += 1
        self._connection.execute("INSERT OR IGNORE INTO seen VALUES (?)", (portion.key,))
        if portion.malformed or portion.newer:
            self._connection.execute(
                "INSERT OR REPLACE INTO spoiled VALUES (?, ?, ?)",
                (portion.key, portion.malformed, portion.newer),
            )

    def _commit(self) -> None:
        self._writer.flush()
        self._connection.execute("COMMIT")
        self._uncommitted = 0
        if self._progress:
            self._progress(self._objects, self._lines)

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
