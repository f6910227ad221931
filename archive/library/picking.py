"""Of the lines of a span one page of tasks, and how many pass: they come in any order, and few of them are held. Pure.

Of each task a number is held: when the line that holds changed, and whether it passes. Lines themselves are held of
those tasks alone that may stand on the page.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple, TypeGuard

from archive import layout
from archive.library.place import Place, microseconds
from archive.library.query import TaskRow
from archive.library.span import Span
from archive.records.catalogue import CatalogueLine, LetterLine, Line

# Beyond those of the page, for rows of it that turn out not to hold, since their tasks changed later.
SPARE_ROWS = 200
_ALL = 2**63
# By what tasks are sorted: microseconds since 2020, the latest first, and the name.
_Sorted = tuple[int, str]


class Standing(NamedTuple):
    """A task of the page: its name, the rank of the line that holds, that line and the key of its object, its letter.

    `line` is None where a letter stands alone, and where it was let go for others that turned out not to hold (`lacks`).
    """

    name: str
    rank: int
    line: CatalogueLine | None
    source: str
    letter: LetterLine | None

    @property
    def moment(self) -> datetime:
        """When it changed."""
        return layout.EARLIEST + timedelta(microseconds=self.rank >> 1)

    @property
    def lacks(self) -> bool:
        """Whether its line must be read again."""
        return self.line is None and self.rank >= 0

    def is_told_by(self, line: Line) -> TypeGuard[CatalogueLine]:
        """Whether this is the line that holds."""
        return isinstance(line, CatalogueLine) and _rank(line) == self.rank and _name(line) == self.name


class Picked(NamedTuple):
    """The tasks of the page in their order, whether others follow, and how many pass in all."""

    tasks: tuple[Standing, ...]
    more: bool
    counted: int


class Picking:
    """Takes the lines of a span, then tells the page; without `wants` all pass."""

    spare = SPARE_ROWS

    def __init__(
        self,
        span: Span,
        wants: Callable[[TaskRow], bool] | None = None,
        after: Place | None = None,
        most: int = _ALL,
    ) -> None:
        self.span = span
        self._since = microseconds(span.since) if span.since else -_ALL
        self._until = microseconds(span.until) if span.until else _ALL
        self._wants, self._most = wants, most
        self._after: _Sorted = (-microseconds(after.moment), after.name) if after else (-_ALL, "")
        self._worst: _Sorted = (_ALL, "")
        # By name: twice the rank, and one where the line passes.
        self._ranks: dict[str, int] = {}
        self._held: dict[str, tuple[_Sorted, CatalogueLine, str]] = {}
        self._letters: dict[str, LetterLine] = {}

    def take(self, line: Line, source: str) -> None:
        """A line, and the key of the object from which it was read. Of two that tell of one state the first holds."""
        moment = microseconds(line.moment)
        if not self._since <= moment < self._until:
            return
        if isinstance(line, LetterLine):
            told = self._letters.get(line.key)
            if told is None or told.precedence < line.precedence:
                self._letters[line.key] = line
            return
        name, rank = _name(line), moment * 2 + line.dismissed
        known = self._ranks.get(name)
        if known is not None and rank <= known >> 1:
            return
        passes = self._wants is None or self._wants(TaskRow(line))
        self._ranks[name] = rank * 2 + passes
        place = (-moment, name)
        if passes and self._after < place <= self._worst:
            self._hold(place, line, source)
        elif known is not None:
            self._held.pop(name, None)

    def picked(self) -> Picked:
        """The page; asked for once, behind the last line."""
        letters = self._letters_of_tasks()
        alone = {
            name: letter
            for name, letter in letters.items()
            if name not in self._ranks and (self._wants is None or self._wants(TaskRow(None, letter)))
        }
        places = itertools.chain(
            ((-(rank >> 2), name) for name, rank in self._ranks.items() if rank & 1),
            ((-microseconds(letter.moment), name) for name, letter in alone.items()),
        )
        first = heapq.nsmallest(self._most + 1, (place for place in places if place > self._after))
        return Picked(
            tuple(self._standing(name, letters.get(name)) for _, name in first[: self._most]),
            len(first) > self._most,
            sum(rank & 1 for rank in self._ranks.values()) + len(alone),
        )

    def _hold(self, place: _Sorted, line: CatalogueLine, source: str) -> None:
        self._held[place[1]] = place, line, source
        room = self._most + 1 + self.spare
        if len(self._held) > 2 * room:
            best = heapq.nsmallest(room, self._held.values(), key=lambda held: held[0])
            self._worst = best[-1][0]
            self._held = {held[0][1]: held for held in best}

    def _letters_of_tasks(self) -> dict[str, LetterLine]:
        """Those that stand, by the names of their tasks."""
        newest = sorted(self._letters.values(), key=lambda letter: letter.moment, reverse=True)
        return {
            _name(letter): letter
            for letter in newest
            if letter.delivery_id is None and letter.task_id is not None and letter.state != "gone"
        }

    def _standing(self, name: str, letter: LetterLine | None) -> Standing:
        rank = self._ranks.get(name, -1) >> 1
        _, line, source = self._held.get(name, (None, None, ""))
        return Standing(name, rank, line, source, letter)


def _name(line: Line) -> str:
    return f"{line.provider}/{line.task_id}"


def _rank(line: CatalogueLine) -> int:
    """By which one of two lines of a task holds: its precedence as a number."""
    return microseconds(line.moment) * 2 + line.dismissed
