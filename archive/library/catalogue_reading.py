"""The catalogue, read: of each task and each dead letter the line that holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import NamedTuple

from archive import layout
from archive.errors import MalformedRecord, NewerRecord
from archive.library.reading import read_all
from archive.library.span import Span
from archive.records.belonging import refuse_foreign_line
from archive.records.catalogue import LISTED_WITHIN, CatalogueLine, LetterLine, Line, read_line
from archive.store.bucket import Bucket

# The clocks of two workers differ by up to a second, so that a line may seem older than what it tells of.
BEHIND = timedelta(minutes=2)
# The next run lists what a killed worker could not; that write itself may be slow, or its process asleep.
AHEAD = 2 * LISTED_WITHIN


class CatalogueReading(NamedTuple):
    """The lines of a span, the newest first, how many could not be read, and how many a newer version wrote.

    `letters` are those of dead letters, `gone` ones among them.
    """

    lines: tuple[CatalogueLine, ...]
    malformed: int
    newer: int = 0
    letters: tuple[LetterLine, ...] = ()


def read_catalogue(bucket: Bucket, span: Span) -> CatalogueReading:
    """What the catalogue said of each task and each letter within the span last; what cannot be read is counted."""
    latest: dict[tuple[str, ...], Line] = {}
    malformed = newer = 0
    for _, body in read_all(bucket, _keys(bucket, span)):
        for text in body.split(b"\n"):
            if not text.strip():
                continue
            try:
                line = read_line(text)
                refuse_foreign_line(line)
            except NewerRecord:
                newer += 1
                continue
            except MalformedRecord:
                malformed += 1
                continue
            known = latest.get(line.subject)
            if line.moment in span and (known is None or known.precedence <= line.precedence):
                latest[line.subject] = line
    newest = sorted(latest.values(), key=lambda line: line.moment, reverse=True)
    return CatalogueReading(
        tuple(line for line in newest if isinstance(line, CatalogueLine)),
        malformed,
        newer,
        tuple(line for line in newest if isinstance(line, LetterLine)),
    )


def _keys(bucket: Bucket, span: Span) -> Iterator[str]:
    """The catalogue's objects of a span: their keys hold the hour, and sort by time."""
    after = f"{layout.CATALOG}{span.since.astimezone(UTC) - BEHIND:%Y/%m/%d/%H}/" if span.since else ""
    end = f"{layout.CATALOG}{span.until.astimezone(UTC) + AHEAD:%Y/%m/%d/%H}/~" if span.until else "~"
    for listed in bucket.list(layout.CATALOG, after=after):
        if listed.key > end:
            return
        yield listed.key
