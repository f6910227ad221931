"""All tasks of a span, however many, the newest first: sorted on disk, where there is no index to ask.

Which line of a task holds, and whether a dead letter stands alone, is known only when the whole span is read. So the
lines go to a private file of SQLite's (https://sqlite.org/inmemorydb.html#temp_db), which has no name and is gone with
this process. It stands where SQLite puts such files: in TMPDIR, else /var/tmp or /tmp.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from archive.errors import FixativeError
from archive.library.place import microseconds
from archive.library.query import Query, TaskRow
from archive.records.catalogue import CatalogueLine, LetterLine, Line, read_line

# What SQLite holds in memory of it.
CACHE_KIB = 32_768

_TABLES = (
    # `told` is null where the task is not asked for: an older line of it, that is, must not stand for it.
    "CREATE TABLE tasks (name TEXT UNIQUE, moment INTEGER, dismissed INTEGER, told BLOB)",
    """CREATE TABLE letters (key TEXT PRIMARY KEY, name TEXT, stands INTEGER, letter_at INTEGER, state INTEGER,
       moment INTEGER, told BLOB) WITHOUT ROWID""",
)
_TASK = """INSERT INTO tasks VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE
    SET moment = excluded.moment, dismissed = excluded.dismissed, told = excluded.told
    WHERE (excluded.moment, excluded.dismissed) > (moment, dismissed)"""
_LETTER = """INSERT INTO letters VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE
    SET name = excluded.name, stands = excluded.stands, letter_at = excluded.letter_at, state = excluded.state,
    moment = excluded.moment, told = excluded.told
    WHERE (excluded.letter_at, excluded.state) > (letter_at, state)"""
_LOST = "INSERT OR IGNORE INTO tasks SELECT name, moment, 0, told FROM letters WHERE stands ORDER BY moment"


class SortingTrouble(FixativeError):
    """There is no room, or no disk, to sort the tasks in."""


class Rows(NamedTuple):
    """The tasks that pass, the newest first, then by name, and how many they are."""

    tasks: int
    rows: Iterator[TaskRow]


class SortedCatalogue:
    """Takes the lines of a span in any order, and gives the tasks that a query means."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._connection = sqlite3.connect("", isolation_level=None)
        for pragma in (
            f"cache_size = -{CACHE_KIB}",
            "journal_mode = OFF",
            "synchronous = OFF",
            "temp_store = FILE",
        ):
            self._connection.execute(f"PRAGMA {pragma}")
        for table in _TABLES:
            self._connection.execute(table)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def take(self, lines: Iterable[Line]) -> None:
        """Take lines, which stand in memory meanwhile. Raises SortingTrouble."""
        within = [line for line in lines if line.moment in self._query.span]
        with _troubles():
            self._connection.execute("BEGIN")
            self._connection.executemany(
                _TASK, (self._task(line) for line in within if isinstance(line, CatalogueLine))
            )
            self._connection.executemany(
                _LETTER, (self._letter(line) for line in within if isinstance(line, LetterLine))
            )
            self._connection.execute("COMMIT")

    def rows(self) -> Rows:
        """What the lines that were taken come to; called once, behind the last of them. Raises SortingTrouble."""
        with _troubles():
            self._connection.execute(_LOST)
            self._connection.execute(
                "CREATE INDEX sorted ON tasks (moment DESC, name) WHERE told IS NOT NULL"
            )
            (count,) = self._connection.execute(
                "SELECT count(*) FROM tasks WHERE told IS NOT NULL"
            ).fetchone()
        return Rows(count, self._sorted())

    def _sorted(self) -> Iterator[TaskRow]:
        for (told,) in self._connection.execute(
            "SELECT told FROM tasks INDEXED BY sorted WHERE told IS NOT NULL ORDER BY moment DESC, name"
        ):
            line = read_line(told)
            yield TaskRow(line) if isinstance(line, CatalogueLine) else TaskRow(None, line)

    def _task(self, line: CatalogueLine) -> tuple[object, ...]:
        row = TaskRow(line)
        return row.name, microseconds(line.moment), int(line.dismissed), self._told(row)

    def _letter(self, line: LetterLine) -> tuple[object, ...]:
        row = TaskRow(None, line)
        stands = line.delivery_id is None and line.task_id is not None and line.state != "gone"
        return (
            line.key,
            row.name,
            int(stands),
            microseconds(line.letter_at),
            line.precedence[1],
            microseconds(line.moment),
            self._told(row) if stands else None,
        )

    def _told(self, row: TaskRow) -> bytes | None:
        return row.told.to_json() if self._query.wants(row) else None


@contextmanager
def _troubles() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise SortingTrouble(
            f"the list cannot be sorted on this machine ({error}): it takes about a kilobyte a task where TMPDIR says"
        ) from error
