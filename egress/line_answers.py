"""An answer whose lines are tasks: read line by line while it comes, each with the images that it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from archive.errors import ApiTrouble
from archive.reasons import Reason
from egress.long_texts import LongTexts


class Line(NamedTuple):
    """A line with names in place of its images, and these by name, until the next line is asked for."""

    text: bytes
    files: dict[str, Path]


def lines_in(pieces: Iterable[bytes], texts_for: Callable[[], LongTexts], most_bytes: int) -> Iterator[Line]:
    """The lines of an answer that are not empty. JSON holds no line break but between its values.

    Raises:
        ApiTrouble: if what of a line is no image has more than `most_bytes`; DISK_TROUBLE.
    """
    texts, kept = texts_for(), bytearray()
    try:
        for piece in pieces:
            *ended, rest = piece.split(b"\n")
            for part in ended:
                _take(texts, part, kept, most_bytes)
                if kept.strip():
                    yield Line(bytes(kept), texts.files)
                texts.close()
                texts, kept = texts_for(), bytearray()
            _take(texts, rest, kept, most_bytes)
        if kept.strip():
            yield Line(bytes(kept), texts.files)
    finally:
        texts.close()


def _take(texts: LongTexts, part: bytes, kept: bytearray, most_bytes: int) -> None:
    try:
        kept += texts.take(part)
    except OSError as error:
        why = error.strerror or "the temporary folder cannot be used"
        raise ApiTrouble(Reason.DISK_TROUBLE, why) from error
    if len(kept) > most_bytes:
        raise ApiTrouble(Reason.API_TROUBLE, f"a line of the answer has more than {most_bytes} bytes")
