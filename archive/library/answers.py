"""Who answers a question, and with what: a page of tasks, a page of dead letters, totals.

Library   the index where it is there, else the catalogue: alike, and in the same order
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple, Protocol

from archive.library.place import Place
from archive.library.query import LetterQuery, Query, TaskRow
from archive.library.span import Span
from archive.records.catalogue import LetterLine

# Rows of a page, where nobody says how many.
PAGE_ROWS = 100
# Counting stops here: nobody needs to know whether it were two thousand or three.
COUNTED_MOST = 1_000


class Page(NamedTuple):
    """Some of the tasks that were asked for.

    `next` is None on the last page. `counted` are those of all pages, and stops at COUNTED_MOST, where `counted_all` is False.
    `malformed` and `newer` are lines that could not be read, or that a newer version wrote. `as_of` is the moment
    whose state it tells.
    """

    rows: tuple[TaskRow, ...]
    next: Place | None
    counted: int
    counted_all: bool
    malformed: int
    newer: int
    as_of: datetime


class LetterPage(NamedTuple):
    """Some of the dead letters that were asked for, all of which are counted.

    `malformed` and `newer` are the keys of those that could not be read, or that a newer version wrote: whether they
    would pass is not known.
    """

    rows: tuple[LetterLine, ...]
    next: Place | None
    counted: int
    malformed: tuple[str, ...]
    newer: tuple[str, ...]
    as_of: datetime


class Total(NamedTuple):
    """What the tasks of one day (UTC), provider, model and label come to; `cost` in the provider's own unit.

    `completed` counts those that are incomplete as well.
    """

    day: date
    provider: str
    model: str | None
    label: str | None
    tasks: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    incomplete: int = 0
    kept: int = 0
    lost: int = 0
    bytes: int = 0
    cost: float = 0.0


class Library(Protocol):
    """Who answers questions about what the bucket holds."""

    def page(self, query: Query, after: Place | None = None, most: int = PAGE_ROWS) -> Page:
        """A page of tasks. Raises NotUnderstood, BucketUnavailable."""
        ...

    def letters(
        self, wanted: LetterQuery, after: Place | None = None, most: int | None = PAGE_ROWS
    ) -> LetterPage:
        """A page of dead letters; `most` None: all of them. Raises BucketUnavailable."""
        ...

    def whence(self, sha256: str) -> tuple[TaskRow, ...]:
        """The tasks that keep an image of this SHA-256 (hex), the newest first. Raises BucketUnavailable."""
        ...

    def totals(self, span: Span) -> tuple[Total, ...]:
        """What the days of a span come to, the newest first. Raises BucketUnavailable."""
        ...
