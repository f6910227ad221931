"""Which rows of the index a question means, the newest first, as far as they are asked for."""

from __future__ import annotations

import heapq
import json
import sqlite3
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from archive.library.index.packing import Look, range_end, rowid_range
from archive.library.index.schema import SHIFT
from archive.library.place import MOST_MICROSECONDS, microseconds
from archive.library.query import Query
from archive.library.span import Span
from archive.library.text_words import words_in

_DAY_MS = 86_400_000
# Of fewer tasks each is looked at, whether it has the words; of more, each that has the words, whether it passes.
_FEW = 2_000


class Candidate(NamedTuple):
    """A row that passes, or (not `sure`) may pass: it must be read to know."""

    rowid: int
    sure: bool


class Wanted(NamedTuple):
    """Ids of looks and labels; None for all. Rows of the looks in `maybe` must be read to know."""

    looks: frozenset[int] | None
    labels: frozenset[int] | None
    maybe: frozenset[int] = frozenset()

    @property
    def nothing(self) -> bool:
        """Whether no task can pass."""
        return (self.looks is not None and not self.looks) or (self.labels is not None and not self.labels)


class Bounds(NamedTuple):
    """A span in microseconds since 2020: from the first to before the last."""

    since: int
    until: int

    @classmethod
    def of(cls, span: Span) -> Bounds:
        """The bounds of a span; an open end is that of all times."""
        return cls(
            _clamped(microseconds(span.since)) if span.since else 0,
            _clamped(microseconds(span.until)) if span.until else MOST_MICROSECONDS,
        )

    @property
    def rowids(self) -> tuple[int, int]:
        """The first and the last rowid that may lie within; those of its first and last millisecond may not."""
        return rowid_range(self.since)[0], rowid_range(self.until)[1]

    def at_edge(self, rowid: int) -> bool:
        """Whether a row's rowid does not tell whether it lies within."""
        return rowid >> SHIFT in {self.since // 1000, self.until // 1000}


def candidates(connection: sqlite3.Connection, query: Query, last: int | None = None) -> Iterator[Candidate]:
    """The rows that a question means, from a last rowid down."""
    wanted = _wanted(connection, query)
    if wanted.nothing:
        return iter(())
    bounds = Bounds.of(query.span)
    first, end = bounds.rowids
    end = end if last is None else min(end, last)
    standing = (
        Candidate(rowid, look not in wanted.maybe and not bounds.at_edge(rowid))
        for rowid, look in _standing(connection, query, wanted, first, end)
    )
    if query.span.until is None:
        return standing
    return heapq.merge(standing, _replaced(connection, bounds.until, first, end), reverse=True)


def look_of(connection: sqlite3.Connection, look: int) -> Look:
    """A look by its id."""
    return Look.from_text(connection.execute("SELECT told FROM looks WHERE id = ?", (look,)).fetchone()[0])


def _standing(
    connection: sqlite3.Connection, query: Query, wanted: Wanted, first: int, last: int
) -> Iterator[tuple[int, int]]:
    """Rowid and look of the states that hold."""
    if query.text is not None:
        expression = match_expression(query.text)
        if _is_few(connection, wanted, first, last):
            yield from _having(connection, expression, _by_days(connection, wanted, first, last))
        else:
            yield from _by_words(connection, expression, wanted, first, last)
    elif wanted.looks is None and wanted.labels is None:
        yield from connection.execute(
            "SELECT id, look FROM tasks NOT INDEXED WHERE until IS NULL AND id BETWEEN ? AND ? ORDER BY id DESC",
            (first, last),
        )
    else:
        yield from _by_days(connection, wanted, first, last)


def _by_days(
    connection: sqlite3.Connection, wanted: Wanted, first: int, last: int
) -> Iterator[tuple[int, int]]:
    """Day by day, those that have any: each from the one index that holds looks, labels and moments."""
    passing, arguments = _passing("d", wanted)
    days = connection.execute(
        f"SELECT DISTINCT day FROM days d WHERE day BETWEEN ? AND ? {passing} ORDER BY day DESC",  # noqa: S608 - words of ours
        (_day(first), _day(last), *arguments),
    )
    for (day,) in days:
        begins = day * _DAY_MS << SHIFT
        yield from connection.execute(
            "SELECT t.id, t.look FROM days d CROSS JOIN tasks t INDEXED BY tasks_by_look"  # noqa: S608 - words of ours
            f" WHERE d.day = ? {passing} AND t.look = d.look AND t.label = d.label AND t.until IS NULL"
            " AND t.id BETWEEN ? AND ? ORDER BY t.id DESC",
            (day, *arguments, max(first, begins), min(last, begins + (_DAY_MS << SHIFT) - 1)),
        )


def _by_words(
    connection: sqlite3.Connection, expression: str, wanted: Wanted, first: int, last: int
) -> Iterator[tuple[int, int]]:
    """Those whose prompts have the words, which SQLite gives by rowid without sorting."""
    passing, arguments = _passing("t", wanted)
    yield from connection.execute(
        "SELECT t.id, t.look FROM words CROSS JOIN tasks t ON t.id = words.rowid"  # noqa: S608 - words of ours
        f" WHERE words MATCH ? AND words.rowid BETWEEN ? AND ? AND t.until IS NULL {passing} ORDER BY words.rowid DESC",
        (expression, first, last, *arguments),
    )


def _having(
    connection: sqlite3.Connection, expression: str, rows: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    for rowid, look in rows:
        if connection.execute(
            "SELECT 1 FROM words WHERE words MATCH ? AND rowid = ?", (expression, rowid)
        ).fetchone():
            yield rowid, look


def _is_few(connection: sqlite3.Connection, wanted: Wanted, first: int, last: int) -> bool:
    if wanted.looks is None and wanted.labels is None:
        return False
    passing, arguments = _passing("d", wanted)
    found = connection.execute(
        f"SELECT sum(tasks) FROM days d WHERE day BETWEEN ? AND ? {passing}",  # noqa: S608 - words of ours
        (_day(first), _day(last), *arguments),
    )
    return (found.fetchone()[0] or 0) <= _FEW


def _replaced(connection: sqlite3.Connection, until: int, first: int, last: int) -> Iterator[Candidate]:
    """States that held at the end of the span and do not any more."""
    for (rowid,) in connection.execute(
        "SELECT id FROM tasks INDEXED BY tasks_replaced WHERE until >= ? AND id BETWEEN ? AND ? ORDER BY id DESC",
        (until, first, last),
    ):
        yield Candidate(rowid, sure=False)


def _passing(table: str, wanted: Wanted) -> tuple[str, list[str]]:
    """The end of a WHERE, and what it is given."""
    words, arguments = "", []
    for column, ids in (("look", wanted.looks), ("label", wanted.labels)):
        if ids is not None:
            words += f" AND {table}.{column} IN (SELECT value FROM json_each(?))"  # noqa: S608 - words of ours
            arguments.append(json.dumps(sorted(ids)))
    return words, arguments


def _clamped(moment: int) -> int:
    return max(0, min(moment, MOST_MICROSECONDS))


def _day(rowid: int) -> int:
    return (rowid >> SHIFT) // _DAY_MS


def match_expression(text: str) -> str:
    """What FTS5 is asked for: words of letters and digits alone, each in quotes, so that none is its syntax.

    https://sqlite.org/fts5.html#full_text_query_syntax
    """
    return " AND ".join(f'"{" ".join(word.parts)}"{" *" if word.begins else ""}' for word in words_in(text))


def _wanted(connection: sqlite3.Connection, query: Query) -> Wanted:
    labels = None if query.label is None else frozenset(_labels(connection, query.label))
    if query.status == "lost":
        return Wanted(frozenset(), labels)
    if query._replace(span=Span(), label=None, text=None) == Query():
        return Wanted(None, labels)
    passing: dict[int, bool] = {}
    for identity, told in connection.execute("SELECT id, told FROM looks"):
        sure = _look_passes(Look.from_text(told), query)
        if sure is not None:
            passing[identity] = sure
    return Wanted(
        frozenset(passing), labels, frozenset(identity for identity, sure in passing.items() if not sure)
    )


def _labels(connection: sqlite3.Connection, label: str) -> Iterator[int]:
    if fnmatchcase("", label):
        yield 0
    if not any(sign in label for sign in "*?["):
        yield from (row[0] for row in connection.execute("SELECT id FROM labels WHERE label = ?", (label,)))
        return
    for identity, text in connection.execute("SELECT id, label FROM labels"):
        if fnmatchcase(text, label):
            yield identity


def _look_passes(look: Look, query: Query) -> bool | None:
    """Whether tasks of this look pass: True, None for no, False where their costs must be looked at."""
    sizes = {size.lower() for size in (*look.sizes, look.ordered_size) if size}
    completed = query.status == "incomplete" and look.complete
    passes = (
        query.provider in {None, look.provider}
        and (not completed if query.status == "incomplete" else query.status in {None, look.status})
        and (query.model is None or fnmatchcase((look.model or "").lower(), query.model.lower()))
        and (query.size is None or query.size.lower() in sizes)
        and (
            query.finding is None
            or query.finding in look.findings
            or bool(look.findings and query.finding == "any")
        )
        and query.unsafe in {None, look.unsafe}
    )
    return _cost_passes(look, query) if passes else None


def _cost_passes(look: Look, query: Query) -> bool | None:
    if query.cost_from is None and query.cost_to is None:
        return True
    if look.cost is None:
        return None
    least, most = query.cost_from or 0.0, float("inf") if query.cost_to is None else query.cost_to
    if not look.is_range:
        return True if least <= look.cost <= most else None
    ends = range_end(look.cost)
    if ends < least or look.cost > most:
        return None
    return look.cost >= least and ends <= most
