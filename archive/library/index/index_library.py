"""The library that answers from the index: alike and in the same order as the one that reads the catalogue."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from msgspec import structs

from archive import layout
from archive.errors import IndexUnusable
from archive.library.answers import COUNTED_MOST, PAGE_ROWS, LetterPage, Page, Total
from archive.library.index.asking import Bounds, Candidate, candidates, look_of
from archive.library.index.catalogue_following import keys_of
from archive.library.index.index_file import IndexFile, fact
from archive.library.index.letters import Letters
from archive.library.index.packing import Look, moment_in, moment_of, rowid_range, sum_of, unpack
from archive.library.index.schema import SHIFT
from archive.library.letters_reading import read_letters
from archive.library.place import Place, microseconds
from archive.library.query import LetterQuery, Query, TaskRow, letters_paged, paged
from archive.library.span import Span
from archive.library.totals import summed, total_of
from archive.store.bucket import Bucket

_DAY_US = 86_400_000_000
_MILLION = 1_000_000
# What the index itself knows: whether its first reading is done, and the moment whose state it tells.
WHOLE, AS_OF = "whole", "as_of"


class IndexLibrary:
    """Answers from the index; whether it is up to date is its feeder's affair."""

    def __init__(self, bucket: Bucket, file: IndexFile) -> None:
        self._bucket, self._file = bucket, file

    def page(self, query: Query, after: Place | None = None, most: int = PAGE_ROWS) -> Page:
        """A page of tasks. Raises NotUnderstood, IndexUnusable."""
        query.refuse_senseless()
        with self._snapshot() as connection:
            reading = _Reading(connection, query)
            rows = tuple(itertools.islice(reading.rows(after), most + 1))
            counted = sum(1 for _ in itertools.islice(reading.matches(), COUNTED_MOST + 1))
            malformed, newer = _spoiled(connection, query.span)
            return Page(
                rows[:most],
                rows[most - 1].place if len(rows) > most else None,
                min(counted, COUNTED_MOST),
                counted <= COUNTED_MOST,
                malformed,
                newer,
                _as_of(connection),
            )

    def rows(self, query: Query) -> Iterator[TaskRow]:
        """All tasks that pass, one after the other, as they stood when the first was asked for."""
        query.refuse_senseless()
        with self._snapshot() as connection:
            yield from _Reading(connection, query).rows(None)

    def letters(
        self, wanted: LetterQuery, after: Place | None = None, most: int | None = PAGE_ROWS
    ) -> LetterPage:
        """A page of dead letters: those that stand in `dead/`, told by their lines where these are as new."""
        with self._snapshot() as connection:
            known = Letters(connection).standing()
        found, malformed, newer = read_letters(self._bucket, wanted, known)
        rows, following = letters_paged(found, after, most)
        return LetterPage(rows, following, len(found), malformed, newer, self._bucket.now())

    def whence(self, sha256: str) -> tuple[TaskRow, ...]:
        """The tasks that keep an image of this SHA-256 (hex)."""
        with self._snapshot() as connection:
            reading = _Reading(connection, Query())
            found = connection.execute(
                "SELECT DISTINCT t.id FROM images i CROSS JOIN tasks t ON t.id = i.task"
                " WHERE i.sha256 = ? AND t.until IS NULL",
                (sum_of(sha256),),
            )
            rows = [reading.row(rowid) for (rowid,) in found.fetchall()]
            kept = [row for row in rows if any(image.sha256 == sha256 for image in row.images)]
            return paged(kept, None, len(kept))[0]

    def totals(self, span: Span) -> tuple[Total, ...]:
        """What the days of a span come to: whole days are counted already, the tasks of others one by one."""
        with self._snapshot() as connection:
            return summed(_totals(connection, span))

    @contextlib.contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        with self._file.reading() as connection:
            connection.execute("BEGIN")
            if fact(connection, WHOLE) is None:
                raise IndexUnusable("the index has not read the whole catalogue yet")
            yield connection


class _Reading:
    """One question to one snapshot of the index."""

    def __init__(self, connection: sqlite3.Connection, query: Query) -> None:
        self._connection, self._query = connection, query
        self._letters = Letters(connection)
        self._looks: dict[int, Look] = {}

    def rows(self, after: Place | None) -> Iterator[TaskRow]:
        """The tasks that pass, in their order, behind a place."""
        last = rowid_range(microseconds(after.moment))[1] if after else None
        merged = heapq.merge(
            self._task_rows(last), self._lost(), key=lambda row: (-microseconds(row.moment), row.name)
        )
        return (row for row in merged if after is None or after.is_before(row.moment, row.name))

    def matches(self) -> Iterator[object]:
        """Something for each task that passes."""
        sure = (
            each for each in candidates(self._connection, self._query) if each.sure or self._passing(each)
        )
        return itertools.chain(sure, self._lost())

    def row(self, rowid: int) -> TaskRow:
        """A task with its letter, as both stood within the span."""
        name, look, label, fine, packed = self._connection.execute(
            "SELECT name, look, label, fine, packed FROM tasks WHERE id = ?", (rowid,)
        ).fetchone()
        told = self._looks.get(look) or self._looks.setdefault(look, look_of(self._connection, look))
        line = unpack(name, moment_in(rowid, fine), fine, told, self._label(label), packed)
        prompt = self._connection.execute("SELECT prompt FROM prompts WHERE id = ?", (rowid,)).fetchone()
        if prompt:
            line = structs.replace(line, prompt=prompt[0])
        return TaskRow(line, self._letters.of_task(name, Bounds.of(self._query.span)))

    def _task_rows(self, last: int | None) -> Iterator[TaskRow]:
        """Those of one millisecond are sorted, since their rowids are in the order in which they came."""
        found = candidates(self._connection, self._query, last)
        for _, together in itertools.groupby(found, key=lambda each: each.rowid >> SHIFT):
            rows = [row for each in together if (row := self._passing(each)) is not None]
            yield from paged(rows, None, len(rows))[0]

    def _passing(self, candidate: Candidate) -> TaskRow | None:
        row = self.row(candidate.rowid)
        return row if candidate.sure or self._query.wants(row) else None

    def _lost(self) -> Iterator[TaskRow]:
        if self._query.status in {None, "lost"}:
            rows = (TaskRow(None, letter) for letter in self._letters.lost(Bounds.of(self._query.span)))
            yield from (row for row in rows if self._query.wants(row))

    def _label(self, label: int) -> str:
        if not label:
            return ""
        found = self._connection.execute("SELECT label FROM labels WHERE id = ?", (label,)).fetchone()
        return str(found[0])


def _totals(connection: sqlite3.Connection, span: Span) -> Iterator[Total]:
    bounds = Bounds.of(span)
    first, last = -(-bounds.since // _DAY_US), bounds.until // _DAY_US
    labels = dict(connection.execute("SELECT id, label FROM labels").fetchall())
    looks: dict[int, Look] = {}
    for day, look, label, tasks, kept, lost, size, cost in connection.execute(
        "SELECT * FROM days WHERE day >= ? AND day < ?", (first, last)
    ):
        told = looks.get(look) or looks.setdefault(look, look_of(connection, look))
        yield Total(
            _date(day),
            told.provider,
            told.model,
            labels.get(label),
            tasks=tasks,
            completed=tasks if told.status == "completed" else 0,
            failed=tasks if told.status == "failed" else 0,
            cancelled=tasks if told.status == "cancelled" else 0,
            incomplete=0 if told.complete else tasks,
            kept=kept,
            lost=lost,
            bytes=size,
            cost=cost / _MILLION,
        )
    yield from _of_others(connection, span, first, last)


def _of_others(connection: sqlite3.Connection, span: Span, first: int, last: int) -> Iterator[Total]:
    """The tasks of days that the span cuts, and those that were in another state at its end."""
    reading = _Reading(connection, Query(span))
    for each in candidates(connection, Query(span)):
        within = first <= (each.rowid >> SHIFT) * 1000 // _DAY_US < last
        replaced = span.until is not None and within and not _holds(connection, each.rowid)
        if not within or replaced:
            row = reading.row(each.rowid)
            if row.line is not None and row.moment in span:
                yield total_of(row.line)


def _holds(connection: sqlite3.Connection, rowid: int) -> bool:
    found = connection.execute("SELECT until FROM tasks WHERE id = ?", (rowid,)).fetchone()
    return found[0] is None


def _spoiled(connection: sqlite3.Connection, span: Span) -> tuple[int, int]:
    first, last = keys_of(span)
    found = connection.execute(
        "SELECT coalesce(sum(malformed), 0), coalesce(sum(newer), 0) FROM spoiled WHERE key > ? AND key <= ?",
        (first, last),
    )
    malformed, newer = found.fetchone()
    return malformed, newer


def _as_of(connection: sqlite3.Connection) -> datetime:
    return moment_of(int(fact(connection, AS_OF) or 0))


def _date(day: int) -> date:
    return layout.EARLIEST.date() + timedelta(days=day)
