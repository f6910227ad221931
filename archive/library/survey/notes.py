"""What a survey has seen so far: a private file of SQLite's on this machine, so that it can be gone on with.

Each step writes what it saw and how far it came in one transaction. Memory does not grow with the archive.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from archive.errors import FixativeError
from archive.library.survey.mismatch import Kind, Mismatch

CACHE_KIB = 32_768
SCHEMA = 1
_PRIVATE = 0o600
_TABLES = (
    "facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
    # Of each task the line that holds; `images` is null where an older version's line does not tell them.
    "lines (key TEXT PRIMARY KEY, moment INTEGER, dismissed INTEGER, told BLOB, images BLOB) WITHOUT ROWID",
    "days (day TEXT PRIMARY KEY) WITHOUT ROWID",
    # Refused bytes: those that a record names, and those that stand there.
    "named (key TEXT PRIMARY KEY, record TEXT) WITHOUT ROWID",
    "refused (key TEXT PRIMARY KEY) WITHOUT ROWID",
    # Objects that nothing named when it was looked at; tasks of which that may not be said.
    "unnamed (key TEXT PRIMARY KEY, task TEXT) WITHOUT ROWID",
    "unjudged (task TEXT PRIMARY KEY) WITHOUT ROWID",
    "mismatches (kind TEXT, key TEXT, detail TEXT, many INTEGER, PRIMARY KEY (kind, key)) WITHOUT ROWID",
)


class NotesUnusable(FixativeError):
    """The file cannot be used: another survey has it, or the disk is full."""


class Notes:
    """The file, open, and nobody else's meanwhile."""

    def __init__(self, path: Path, *, anew: bool = False) -> None:
        """Open or make it. Raises NotesUnusable."""
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = os.fdopen(os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, _PRIVATE), "r+b")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise NotesUnusable(
                f"another `fixative fsck` of this bucket is running: it holds {path}"
            ) from error
        if anew:
            self.remove()
        try:
            self._connection = self._opened()
        except sqlite3.DatabaseError:
            # Damaged, or of another version: nothing of it is worth more than a new one.
            self.remove()
            self._connection = self._opened_anew()

    @property
    def is_new(self) -> bool:
        """Whether nothing was noted yet."""
        return self.one("SELECT 1 FROM facts") is None

    def close(self) -> None:
        """Let go of the file; it stays, to be gone on with."""
        self._connection.close()
        self._lock.close()

    def remove(self) -> None:
        """Remove the file: what it says is told, or not wanted."""
        for beside in ("", "-journal", "-wal", "-shm"):
            self.path.with_name(self.path.name + beside).unlink(missing_ok=True)

    @contextlib.contextmanager
    def step(self) -> Iterator[Notes]:
        """One step: all that is written in it holds, or nothing. Raises NotesUnusable."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield self
            self._connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise NotesUnusable(f"{self.path} cannot be written: {error}") from error
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def fact(self, name: str) -> Any:
        """What is known under a name, or None."""
        return self.one("SELECT value FROM facts WHERE name = ?", name)

    def put_fact(self, name: str, value: str | int) -> None:
        """Remember it."""
        self._connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def count(self, **more: int) -> None:
        """Add to what was counted."""
        self._connection.executemany(
            "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
            more.items(),
        )

    def write(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Write rows."""
        self._connection.executemany(statement, rows)

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """Rows that are read whole: few, or bounded by the statement."""
        return self._connection.execute(statement, values).fetchall()

    def one(self, statement: str, *values: Any) -> Any:
        """The first value of the first row, or None."""
        found = self._connection.execute(statement, values).fetchone()
        return found[0] if found else None

    def tell(self, mismatches: Iterable[Mismatch]) -> None:
        """Note what differs, each place once; how often it was told is counted."""
        self.write(
            "INSERT INTO mismatches VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET many = many + 1",
            [(each.kind.value, each.key, each.detail) for each in mismatches],
        )

    def counts(self) -> dict[Kind, int]:
        """How many there are of each kind that there is."""
        found = self.rows("SELECT kind, count(*) FROM mismatches GROUP BY kind")
        return {Kind(kind): count for kind, count in found}

    def mismatches(self, kind: Kind, most: int) -> Iterator[tuple[Mismatch, int]]:
        """The first of a kind by their keys, each with how often it was told."""
        told = "SELECT key, detail, many FROM mismatches WHERE kind = ? ORDER BY key LIMIT ?"
        for key, detail, many in self.rows(told, kind.value, most):
            yield Mismatch(kind, key, detail), many

    def _opened_anew(self) -> sqlite3.Connection:
        try:
            return self._opened()
        except sqlite3.DatabaseError as error:
            self._lock.close()
            raise NotesUnusable(f"{self.path} cannot be written: {error}") from error

    def _opened(self) -> sqlite3.Connection:
        """The file, made where there is none. Raises sqlite3.DatabaseError."""
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, _PRIVATE))
        connection = sqlite3.connect(self.path, isolation_level=None)
        try:
            for pragma in (f"cache_size = -{CACHE_KIB}", "journal_mode = WAL", "synchronous = NORMAL"):
                connection.execute(f"PRAGMA {pragma}")
            (schema,) = connection.execute("PRAGMA user_version").fetchone()
            if schema not in {0, SCHEMA}:
                raise sqlite3.DatabaseError(f"{self.path} is of another version")  # noqa: TRY301 - as one that is damaged
            for table in _TABLES:
                connection.execute(f"CREATE TABLE IF NOT EXISTS {table}")
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection
