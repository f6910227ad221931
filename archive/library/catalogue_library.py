"""The library without an index: each question reads the catalogue of its span."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta

from archive import catalog_keys
from archive.errors import BucketUnavailable, Missing
from archive.library.answers import COUNTED_MOST, PAGE_ROWS, LetterPage, Page, Total
from archive.library.catalogue_files import CatalogueFiles
from archive.library.catalogue_reading import pieces_of, read_catalogue
from archive.library.dead_letters import DeadFilter, read_dead_letters
from archive.library.picking import Picked, Picking, Standing
from archive.library.place import Place
from archive.library.query import LetterQuery, Query, TaskRow, letters_paged
from archive.library.span import Span
from archive.library.totals import totals_of
from archive.records.catalogue import CatalogueLine, Line, line_of_letter
from archive.store.bucket import Bucket

# What totals sum up.
_OF_TOTALS = frozenset({"model", "label", "kept", "lost", "bytes", "billing"})


class CatalogueLibrary:
    """Answers from the catalogue as it stands in the bucket."""

    picking = Picking

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def page(self, query: Query, after: Place | None = None, most: int = PAGE_ROWS) -> Page:
        """A page of tasks: the objects of the span's hours are read, and those that come to light later."""
        query.refuse_senseless()
        now = self._bucket.now()
        files = CatalogueFiles(self._bucket, columns=_columns_of(query))
        wants = query.wants if query.says_something else None
        picked = self._picked(files, self.picking(query.span, wants, after, most))
        rows = self._whole(picked.tasks)
        return Page(
            rows,
            rows[-1].place if picked.more else None,
            min(picked.counted, COUNTED_MOST),
            picked.counted <= COUNTED_MOST,
            files.passed.malformed,
            files.passed.newer,
            now,
        )

    def _picked(self, files: CatalogueFiles, picking: Picking) -> Picked:
        for piece in pieces_of(self._bucket, files, picking.span):
            for line in piece.lines:
                picking.take(line, piece.key)
        return picking.picked()

    def _whole(self, tasks: Sequence[Standing]) -> tuple[TaskRow, ...]:
        """The rows of a page with all their columns: a closed day was read with those alone that are asked for."""
        lacking = {task.name: task for task in tasks if task.lacks or _is_of_day(task.source)}
        lines: dict[str, CatalogueLine] = {}
        for read in (self._of_their_files, self._of_their_time):
            if left := [task for name, task in lacking.items() if name not in lines]:
                for line in read(left):
                    name = f"{line.provider}/{line.task_id}"
                    if name in lacking and lacking[name].is_told_by(line):
                        lines[name] = line
        if any(task.lacks and name not in lines for name, task in lacking.items()):
            raise BucketUnavailable("the catalogue was changed while it was read: ask again")
        return tuple(TaskRow(lines.get(task.name, task.line), task.letter) for task in tasks)

    def _of_their_files(self, tasks: Sequence[Standing]) -> Iterator[Line]:
        """The lines of closed days in which these tasks were found, of their time."""
        files, span = CatalogueFiles(self._bucket), _span_of(tasks)
        for source in dict.fromkeys(task.source for task in tasks if task.source):
            with suppress(Missing), files.opened(source, span.since, span.until) as (_, lines):
                yield from lines

    def _of_their_time(self, tasks: Sequence[Standing]) -> Iterator[Line]:
        """All lines of the time in which these tasks changed."""
        files = CatalogueFiles(self._bucket)
        for piece in pieces_of(self._bucket, files, _span_of(tasks)):
            yield from piece.lines

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
        files = CatalogueFiles(self._bucket, columns={"images"})
        picking = self.picking(Span(), lambda row: any(image.sha256 == sha256 for image in row.images))
        return self._whole(self._picked(files, picking).tasks)

    def totals(self, span: Span) -> tuple[Total, ...]:
        """What the days of a span come to."""
        return totals_of(read_catalogue(self._bucket, span, _OF_TOTALS).lines)


def _is_of_day(source: str) -> bool:
    """Whether an object is a closed day."""
    return bool(source) and catalog_keys.read_catalog_key(source).hour is None


def _span_of(tasks: Sequence[Standing]) -> Span:
    """The time in which tasks changed."""
    moments = [task.moment for task in tasks]
    return Span(min(moments), max(moments) + timedelta(microseconds=1))


def _columns_of(query: Query) -> frozenset[str]:
    """What of a day's table a question looks at, besides what tells which line of a task holds."""
    asked = {
        "model": query.model,
        "label": query.label,
        "kept": query.status,
        "lost": query.status,
        "sizes": query.size,
        "ordered_size": query.size,
        "findings": query.finding,
        "unsafe": query.unsafe,
        "billing": query.cost_from if query.cost_from is not None else query.cost_to,
        "prompt": query.text,
    }
    return frozenset(name for name, value in asked.items() if value is not None)
