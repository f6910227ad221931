"""The file of the index: where it stands, how it is opened, and how several processes share it.

It holds prompts, and is its owner's alone (0600). One process at a time feeds it, the others read. It is a cache: one
that is damaged, or of another schema, is put away and built again.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from archive.errors import IndexUnusable
from archive.library.index.schema import LATE_INDEXES, SCHEMA, TABLES

# Another process commits within this; a large commit takes a second or two.
BUSY_S = 30.0
# Pages that are kept in memory: while it is fed, so that each is written a few times, not for each task.
READING_CACHE_KIB = 16_384
FEEDING_CACHE_KIB = 131_072
_PRIVATE = 0o600
_BESIDE = ("", "-wal", "-shm")


def index_path(folder: Path, endpoint: str, bucket: str, prefix: str) -> Path:
    """The file of the index of one bucket and prefix, of this version's schema."""
    named = hashlib.sha256("\n".join((endpoint.rstrip("/"), bucket, prefix)).encode()).hexdigest()
    return folder / f"{named[:16]}-v{SCHEMA}.sqlite"


def default_folder(environment_cache: str, home: Path) -> Path:
    """Where a user's caches stand: XDG_CACHE_HOME, else ~/.cache.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    base = Path(environment_cache) if environment_cache else home / ".cache"
    return base / "fixative"


class IndexFile:
    """The file of an index; opened for each use of it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def is_there(self) -> bool:
        """Whether there is one."""
        return self.path.is_file()

    @property
    def size(self) -> int:
        """What it takes on the disk, in bytes."""
        return sum(file.stat().st_size for file in self._files() if file.is_file())

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The index to be asked. Raises IndexUnusable if there is none, or it is damaged."""
        if not self.is_there:
            raise IndexUnusable(f"there is no index at {self.path}")
        with self._opened(READING_CACHE_KIB) as connection:
            connection.execute("PRAGMA query_only = ON")
            yield connection

    @contextlib.contextmanager
    def feeding(self, *, wait: bool) -> Iterator[sqlite3.Connection | None]:
        """The index to be fed, made where there is none; None where another process feeds it, unless one waits."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._lock_file("feeding") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield None
                return
            with self._opened(FEEDING_CACHE_KIB) as connection:
                yield connection

    def remove(self) -> None:
        """Remove it, when nobody has it open any more. Raises IndexUnusable where somebody goes on using it."""
        with self._lock_file("feeding") as feeds, self._lock_file("open") as opened:
            try:
                fcntl.flock(feeds, fcntl.LOCK_EX | fcntl.LOCK_NB)
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise IndexUnusable(f"another process uses {self.path}: end it, or try again") from error
            for file in self._files():
                file.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        return [self.path.with_name(self.path.name + beside) for beside in _BESIDE]

    @contextlib.contextmanager
    def _lock_file(self, word: str) -> Iterator[IO[bytes]]:
        path = self.path.with_name(f"{self.path.name}.{word}")
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, _PRIVATE), "r+b") as lock:
            yield lock

    @contextlib.contextmanager
    def _opened(self, cache_kib: int) -> Iterator[sqlite3.Connection]:
        """A connection; who removes the file waits until all are closed, as SQLite's own files beside it demand."""
        with self._lock_file("open") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, _PRIVATE))
            connection = sqlite3.connect(
                self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
            )
            try:
                _prepare(connection, cache_kib)
                yield connection
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError) and "fts5" in str(error):
                    raise IndexUnusable(NO_FTS5) from error
                raise IndexUnusable(f"the index at {self.path} cannot be used: {error}") from error
            finally:
                connection.close()


NO_FTS5 = (
    "this Python's SQLite has no FTS5, which the index is made with; lists are read from the bucket instead"
)


def _prepare(connection: sqlite3.Connection, cache_kib: int) -> None:
    connection.execute(f"PRAGMA cache_size = -{cache_kib}")
    connection.execute("PRAGMA journal_mode = WAL")
    # A power cut may take the last commits, which are read again; it does not damage the file.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA secure_delete = OFF")
    connection.execute("PRAGMA temp_store = MEMORY")
    if _is_new(connection):
        connection.execute("BEGIN IMMEDIATE")
        if _is_new(connection):
            for statement in TABLES.split(";\n"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
        connection.execute("COMMIT")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != SCHEMA:
        raise IndexUnusable(f"the index is of schema {version}, and this version reads {SCHEMA}")


def _is_new(connection: sqlite3.Connection) -> bool:
    return not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]


def fact(connection: sqlite3.Connection, name: str) -> str | None:
    """What is known of the index under this name."""
    found = connection.execute("SELECT fact FROM facts WHERE name = ?", (name,)).fetchone()
    return found[0] if found else None


def set_fact(connection: sqlite3.Connection, name: str, told: str) -> None:
    """Write it down."""
    connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, told))


def make_late_indexes(connection: sqlite3.Connection) -> None:
    """What nobody needs before the first reading is done."""
    for statement in LATE_INDEXES.split(";\n"):
        connection.execute(statement)
