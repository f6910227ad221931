"""A library that asks one of two: what is asked is the same, which one answers is each kind's own affair."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

from archive.library.answers import PAGE_ROWS, LetterPage, Library, Page, Total
from archive.library.place import Place
from archive.library.query import LetterQuery, Query, TaskRow
from archive.library.span import Span

Answer = TypeVar("Answer")


class EitherLibrary(ABC):
    """Passes each question on to the library that is of use at the moment."""

    def page(self, query: Query, after: Place | None = None, most: int = PAGE_ROWS) -> Page:
        """A page of tasks."""
        return self._asked(lambda library: library.page(query, after, most))

    def letters(
        self, wanted: LetterQuery, after: Place | None = None, most: int | None = PAGE_ROWS
    ) -> LetterPage:
        """A page of dead letters."""
        return self._asked(lambda library: library.letters(wanted, after, most))

    def whence(self, sha256: str) -> tuple[TaskRow, ...]:
        """The tasks that keep an image."""
        return self._asked(lambda library: library.whence(sha256))

    def totals(self, span: Span) -> tuple[Total, ...]:
        """What days come to."""
        return self._asked(lambda library: library.totals(span))

    @abstractmethod
    def _asked(self, ask: Callable[[Library], Answer]) -> Answer:
        """The answer of the one that is of use."""
