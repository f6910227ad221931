"""The lines of dead letters in the index: of each letter the one that holds, at the end of a span or now."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from archive.library.index.asking import Bounds
from archive.records.catalogue import LetterLine

# Of several lines of one letter the one of the highest rank holds, as LetterLine.precedence says.
_HOLDS = (
    "NOT EXISTS (SELECT 1 FROM letters m WHERE m.key = l.key AND m.changed >= ? AND m.changed < ?"
    " AND (m.rank > l.rank OR (m.rank = l.rank AND m.id > l.id)))"
)
_WITHIN = f"l.changed >= ? AND l.changed < ? AND l.state != 'gone' AND {_HOLDS}"


class Letters:
    """Questions about dead letters to one snapshot of the index."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def of_task(self, name: str, within: Bounds) -> LetterLine | None:
        """The letter of a task that stood at the end of a span, as far as lines of that span tell."""
        found = self._connection.execute(
            f"SELECT l.told FROM letters l WHERE l.task = ? AND {_WITHIN}",  # noqa: S608 - words of ours
            (name, *within, *within),
        ).fetchone()
        return LetterLine.from_json(found[0]) if found else None

    def lost(self, within: Bounds) -> Iterator[LetterLine]:
        """The letters of tasks of which nothing else is told within the span, in the order of a list."""
        found = self._connection.execute(
            f"SELECT l.told FROM letters l WHERE l.task IS NOT NULL AND {_WITHIN}"  # noqa: S608 - words of ours
            " AND NOT EXISTS (SELECT 1 FROM tasks t WHERE t.name = l.task"
            " AND (t.id >> 21) * 1000 + t.fine / 2 >= ? AND (t.id >> 21) * 1000 + t.fine / 2 < ?)"
            " ORDER BY l.changed DESC, l.task",
            (*within, *within, *within),
        )
        return (LetterLine.from_json(told) for (told,) in found)

    def standing(self) -> dict[str, LetterLine]:
        """Every letter that stands as its last line tells, by its key."""
        found = self._connection.execute(
            "SELECT l.key, l.told FROM letters l WHERE l.state != 'gone' AND NOT EXISTS"
            " (SELECT 1 FROM letters m WHERE m.key = l.key AND (m.rank > l.rank OR (m.rank = l.rank AND m.id > l.id)))"
        )
        return {key: LetterLine.from_json(told) for key, told in found}
