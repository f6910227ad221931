"""The catalogue, read: of each task and each dead letter the line that holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date
from itertools import takewhile
from typing import NamedTuple

from archive.library.catalogue_files import AHEAD, BEHIND, CatalogueFiles, Piece
from archive.library.span import Span
from archive.records.catalogue import CatalogueLine, LetterLine, Line
from archive.rolled.columns import NAMES
from archive.rolled.days import days_in
from archive.store.bucket import Bucket


class CatalogueReading(NamedTuple):
    """The lines of a span, the newest first, how many could not be read, and how many a newer version wrote.

    `letters` are those of dead letters, `gone` ones among them.
    """

    lines: tuple[CatalogueLine, ...]
    malformed: int
    newer: int = 0
    letters: tuple[LetterLine, ...] = ()


def read_catalogue(bucket: Bucket, span: Span, columns: Collection[str] = NAMES) -> CatalogueReading:
    """What the catalogue said of each task and each letter within the span last; what cannot be read is counted.

    Raises:
        NewerRecord: if a newer version rolled up what would have to be read, naming the file.
        BucketUnavailable: if S3 is away.
    """
    files = CatalogueFiles(bucket, columns=columns)
    latest: dict[tuple[str, ...], Line] = {}
    for piece in pieces_of(bucket, files, span):
        for line in piece.lines:
            if line.moment in span:
                known = latest.setdefault(line.subject, line)
                if known is not line and known.precedence < line.precedence:
                    latest[line.subject] = line
    newest = sorted(latest.values(), key=lambda line: line.moment, reverse=True)
    return CatalogueReading(
        tuple(line for line in newest if isinstance(line, CatalogueLine)),
        files.passed.malformed,
        files.passed.newer,
        tuple(line for line in newest if isinstance(line, LetterLine)),
    )


def pieces_of(bucket: Bucket, files: CatalogueFiles, span: Span) -> Iterator[Piece]:
    """The objects that may hold lines of a span, the newest day first; who has enough may stop."""
    for day in days_of(bucket, span):
        yield from files.day(day, span.since, span.until)


def days_of(bucket: Bucket, span: Span) -> list[date]:
    """The days of which something stands that may tell of a span, the newest first."""
    last = (span.until.astimezone(UTC) + AHEAD).date() if span.until else date.max
    first = (span.since.astimezone(UTC) - BEHIND).date() if span.since else None
    return list(takewhile(lambda day: day <= last, days_in(bucket, first)))[::-1]
