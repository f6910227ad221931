"""The objects of the catalogue as the index follows them: their keys, and the lines in one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from archive import layout
from archive.errors import MalformedRecord, NewerRecord
from archive.library.catalogue_reading import AHEAD, BEHIND
from archive.library.reading import read_all
from archive.library.span import Span
from archive.records.belonging import refuse_foreign_line
from archive.records.catalogue import Line, read_line
from archive.store.bucket import Bucket

# A PUT that was frozen on its way may land late, under the key of when it was made; one that is later than that is
# read when the index is built again.
LAG = timedelta(hours=1)


class CatalogueFile(NamedTuple):
    """One object of the catalogue, read."""

    key: str
    lines: list[Line]
    malformed: int
    newer: int


def files_after(bucket: Bucket, bookmark: str) -> Iterator[str]:
    """The keys behind a bookmark, in their order, which is that of time."""
    return (listed.key for listed in bucket.list(layout.CATALOG, after=bookmark))


def read_files(bucket: Bucket, keys: Iterable[str]) -> Iterator[CatalogueFile]:
    """The objects under the keys, in their order; those that are gone by now are left out."""
    return (_read(key, body) for key, body in read_all(bucket, keys))


def lags(now: datetime) -> str:
    """The key before which nothing comes any more."""
    return f"{layout.CATALOG}{now.astimezone(UTC) - LAG:%Y/%m/%d/%H}"


def keys_of(span: Span) -> tuple[str, str]:
    """Behind which key the lines of a span stand, and up to which."""
    first = f"{layout.CATALOG}{span.since.astimezone(UTC) - BEHIND:%Y/%m/%d/%H}/" if span.since else ""
    last = f"{layout.CATALOG}{span.until.astimezone(UTC) + AHEAD:%Y/%m/%d/%H}/~" if span.until else "~"
    return first, last


def _read(key: str, body: bytes) -> CatalogueFile:
    lines: list[Line] = []
    malformed = newer = 0
    for text in body.split(b"\n"):
        if text.strip():
            try:
                line = read_line(text)
                refuse_foreign_line(line)
            except NewerRecord:
                newer += 1
            except MalformedRecord:
                malformed += 1
            else:
                lines.append(line)
    return CatalogueFile(key, lines, malformed, newer)
