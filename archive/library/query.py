"""Questions about what is kept and what was given up, whoever answers them (`archive/library/answers.py`). Pure.

Query, LetterQuery     what is asked for; all of it optional
TaskRow, LetterLine    what answers it: a task as it was last told of within the span; what was given up

The newest come first; what has the same moment, by its name.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

from archive.errors import NotUnderstood
from archive.library.place import Place, microseconds
from archive.library.span import Span
from archive.library.text_words import holds_words, words_in
from archive.records.billing import cost_in
from archive.records.catalogue import CatalogueLine, ImageLine, LetterLine

# "incomplete" are completed tasks that lost an image, or have none; "lost" are those of which a dead letter alone stands.
TaskStatus = Literal["completed", "failed", "cancelled", "incomplete", "lost"]
_ANY = "any"


class TaskRow(NamedTuple):
    """A task as it was last told of: its manifest's line, and its dead letter's where one stands, or both.

    One of the two is always there. `letter` is that of the task itself, not of one of its deliveries.
    """

    line: CatalogueLine | None
    letter: LetterLine | None = None

    @property
    def told(self) -> CatalogueLine | LetterLine:
        """The line that tells of it: the manifest's, else the letter's."""
        told = self.line or self.letter
        assert told is not None
        return told

    @property
    def provider(self) -> str:
        """Its provider."""
        return self.told.provider

    @property
    def task_id(self) -> str:
        """Its id."""
        return str(self.told.task_id)

    @property
    def name(self) -> str:
        """What people call it by."""
        return f"{self.provider}/{self.task_id}"

    @property
    def moment(self) -> datetime:
        """When it changed, by which it is sorted and belongs to a span."""
        return self.told.moment

    @property
    def status(self) -> str:
        """How it ended, as its provider said; `lost` where a dead letter alone stands."""
        return self.line.status if self.line is not None else "lost"

    @property
    def complete(self) -> bool:
        """Whether nothing of it is lost."""
        return self.line is not None and self.line.complete

    @property
    def images(self) -> tuple[ImageLine, ...]:
        """The images that are kept."""
        return self.line.images if self.line is not None else ()

    @property
    def cost(self) -> float | None:
        """What it cost, in its provider's unit."""
        return cost_in(self.line.billing) if self.line is not None else None

    @property
    def place(self) -> Place:
        """Where it stands among the others."""
        return Place(self.moment, self.name)


class Query(NamedTuple):
    """Which tasks are wanted.

    `model` and `label` may hold `*`, a model in any case; `size` is that of an image or as ordered (1024x1024);
    `finding` may be "any"; costs are in the provider's own unit; `text` is words that all stand in the prompt.
    """

    span: Span = Span()
    provider: str | None = None
    model: str | None = None
    status: TaskStatus | None = None
    label: str | None = None
    size: str | None = None
    finding: str | None = None
    unsafe: bool | None = None
    cost_from: float | None = None
    cost_to: float | None = None
    text: str | None = None

    @property
    def says_something(self) -> bool:
        """Whether it leaves anything out but by its span."""
        return self._replace(span=Span()) != Query()

    def refuse_senseless(self) -> None:
        """Pass a question that can be answered. Raises NotUnderstood."""
        if self.text is not None and not words_in(self.text):
            raise NotUnderstood(f"{self.text!r} holds no word to look for: letters or digits")
        for bound in (self.cost_from, self.cost_to):
            if bound is not None and not math.isfinite(bound):
                raise NotUnderstood("a cost is a number")

    def wants(self, row: TaskRow) -> bool:
        """Whether a task passes, its moment included."""
        line = row.line
        return (
            row.moment in self.span
            and self.provider in {None, row.provider}
            and self._wants_status(row)
            and (self.model is None or fnmatchcase((row.told.model or "").lower(), self.model.lower()))
            and (self.label is None or fnmatchcase(row.told.label or "", self.label))
            and (self._asks_for_the_rest() is False or (line is not None and self._wants_line(line)))
        )

    def _wants_status(self, row: TaskRow) -> bool:
        if self.status == "incomplete":
            return row.line is not None and not row.line.complete
        return self.status in {None, row.status}

    def _asks_for_the_rest(self) -> bool:
        """Whether it asks for what a dead letter alone does not tell."""
        asked = (self.size, self.finding, self.unsafe, self.cost_from, self.cost_to, self.text)
        return any(each is not None for each in asked)

    def _wants_line(self, line: CatalogueLine) -> bool:
        return (
            (self.size is None or self.size.lower() in sizes_of(line))
            and (self.finding is None or self.finding in line.findings or self._any(line))
            and self.unsafe in {None, line.unsafe}
            and self._wants_cost(line)
            and (self.text is None or holds_words(line.prompt or "", words_in(self.text)))
        )

    def _any(self, line: CatalogueLine) -> bool:
        return self.finding == _ANY and bool(line.findings)

    def _wants_cost(self, line: CatalogueLine) -> bool:
        if self.cost_from is None and self.cost_to is None:
            return True
        cost = cost_in(line.billing)
        return (
            cost is not None
            and (self.cost_from is None or cost >= self.cost_from)
            and (self.cost_to is None or cost <= self.cost_to)
        )


class LetterQuery(NamedTuple):
    """Which dead letters are wanted, tasks' and deliveries'; the span is of when they were given up.

    A label may hold `*`. `tasks` are names as provider/task_id. `dismissed` None: those and the others.
    """

    span: Span = Span()
    reason: str | None = None
    provider: str | None = None
    label: str | None = None
    tasks: frozenset[str] | None = None
    dismissed: bool | None = None

    def wants(self, line: LetterLine) -> bool:
        """Whether a letter passes: its own reason, or that of any of its images."""
        return (
            line.state != "gone"
            and line.given_up_at in self.span
            and self.dismissed in {None, line.state == "dismissed"}
            and (self.tasks is None or f"{line.provider}/{line.task_id}" in self.tasks)
            and (self.reason is None or self.reason in {line.reason, *line.reasons})
            and self.provider in {None, line.provider}
            and (self.label is None or fnmatchcase(line.label or "", self.label))
        )


def sizes_of(line: CatalogueLine) -> frozenset[str]:
    """The sizes of a task's images, and the one that was ordered, in small letters."""
    return frozenset(size.lower() for size in (*line.sizes, line.ordered_size) if size)


def letter_place(line: LetterLine) -> Place:
    """Where a letter stands among the others: by when it was given up."""
    return Place(line.given_up_at, line.key)


def paged(
    rows: Iterable[TaskRow], after: Place | None, most: int
) -> tuple[tuple[TaskRow, ...], Place | None]:
    """The rows behind a place, sorted, at most so many, and the place behind which there are more."""
    left = sorted(
        (row for row in rows if after is None or after.is_before(row.moment, row.name)),
        key=lambda row: (-microseconds(row.moment), row.name),
    )
    shown = tuple(left[:most])
    return shown, shown[-1].place if len(left) > most else None


def letters_paged(
    lines: Iterable[LetterLine], after: Place | None, most: int | None
) -> tuple[tuple[LetterLine, ...], Place | None]:
    """The same of letters."""
    left = sorted(
        (line for line in lines if after is None or after.is_before(*letter_place(line))),
        key=lambda line: (-microseconds(line.given_up_at), line.key),
    )
    shown = tuple(left if most is None else left[:most])
    return shown, letter_place(shown[-1]) if len(left) > len(shown) else None
