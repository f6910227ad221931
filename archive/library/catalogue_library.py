"""The library without an index: each question reads the catalogue of its span."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from archive.library.answers import COUNTED_MOST, PAGE_ROWS, LetterPage, Page, Total
from archive.library.catalogue_reading import CatalogueReading, read_catalogue
from archive.library.dead_letters import DeadFilter, read_dead_letters
from archive.library.place import Place
from archive.library.query import LetterQuery, Query, TaskRow, letters_paged, paged
from archive.library.span import Span
from archive.library.totals import totals_of
from archive.records.catalogue import CatalogueLine, LetterLine, line_of_letter
from archive.store.bucket import Bucket

# Whether a task is complete, and all that a letter tells.
_ALWAYS = frozenset({"kept", "lost", "dismissed", "model", "label", "reasons", "told", "detail"})


class CatalogueLibrary:
    """Answers from the catalogue as it stands in the bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def page(self, query: Query, after: Place | None = None, most: int = PAGE_ROWS) -> Page:
        """A page of tasks: the objects of the span's hours are read, and those that come to light later."""
        query.refuse_senseless()
        now = self._bucket.now()
        reading = read_catalogue(self._bucket, query.span, _columns_of(query))
        found = [row for row in rows_of(reading) if query.wants(row)]
        rows, following = paged(found, after, most)
        return Page(
            self._whole(rows),
            following,
            min(len(found), COUNTED_MOST),
            len(found) <= COUNTED_MOST,
            reading.malformed,
            reading.newer,
            now,
        )

    def _whole(self, rows: tuple[TaskRow, ...]) -> tuple[TaskRow, ...]:
        """The rows of a page with all their columns: a day was read with those alone that are asked for."""
        if not rows:
            return rows
        span = Span(rows[-1].moment, rows[0].moment + timedelta(microseconds=1))
        lines = {line.subject: line for line in read_catalogue(self._bucket, span).lines}
        return tuple(
            row if row.line is None else row._replace(line=_same(lines.get(row.line.subject), row.line))
            for row in rows
        )

    def letters(
        self, wanted: LetterQuery, after: Place | None = None, most: int | None = PAGE_ROWS
    ) -> LetterPage:
        """A page of dead letters: those that stand in `dead/`, whatever the catalogue says of them."""
        now = self._bucket.now()
        reading = read_dead_letters(self._bucket, DeadFilter(wanted.span, tasks=wanted.tasks))
        lines = [line_of_letter(dead.key, dead.letter, now) for dead in reading.dead]
        found = [line for line in lines if wanted.wants(line)]
        rows, following = letters_paged(found, after, most)
        return LetterPage(rows, following, len(found), reading.malformed, reading.newer, now)

    def whence(self, sha256: str) -> tuple[TaskRow, ...]:
        """The tasks that keep an image of this SHA-256: the whole catalogue is read."""
        rows = rows_of(read_catalogue(self._bucket, Span()))
        found = [row for row in rows if any(image.sha256 == sha256 for image in row.images)]
        return paged(found, None, len(found))[0]

    def totals(self, span: Span) -> tuple[Total, ...]:
        """What the days of a span come to."""
        return totals_of(read_catalogue(self._bucket, span).lines)


def _same(whole: CatalogueLine | None, line: CatalogueLine) -> CatalogueLine:
    """A line as it was read with all columns; one that has changed since stays as it was."""
    return whole if whole is not None and whole.precedence == line.precedence else line


def _columns_of(query: Query) -> frozenset[str]:
    """What of a day's table a question looks at, besides what every line has; of letters, which are few, all."""
    asked = {
        "sizes": query.size,
        "ordered_size": query.size,
        "findings": query.finding,
        "unsafe": query.unsafe,
        "billing": query.cost_from if query.cost_from is not None else query.cost_to,
        "prompt": query.text,
    }
    return _ALWAYS.union(name for name, value in asked.items() if value is not None)


def rows_of(reading: CatalogueReading) -> Iterable[TaskRow]:
    """Each task of a reading once: with its manifest's line, and its letter's where one stands."""
    letters = {(line.provider, line.task_id): line for line in reading.letters if _is_of_task(line)}
    for line in reading.lines:
        yield TaskRow(line, letters.pop((line.provider, line.task_id), None))
    for letter in letters.values():
        yield TaskRow(None, letter)


def _is_of_task(letter: LetterLine) -> bool:
    """Whether it is the letter of a task, and stands."""
    return letter.delivery_id is None and letter.task_id is not None and letter.state != "gone"
