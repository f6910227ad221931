"""What an origin says that it did to a body, and what it did: codings undone within a download's bounds.

We ask for the bytes as they are. Some origins name a coding that compresses nothing (`UTF-8`, `aws-chunked`, which
stores keep for their uploader), some name gzip over plain bytes, some compress all the same, and some name nothing or
another thing than they did. So the bytes decide: what begins like an image is one, and what begins like gzip, as no
image does, is inflated. Names are needed where bytes cannot tell: for a bare deflate stream. Content and transfer
codings are one list, for what was done to the transfer was done last.
https://www.rfc-editor.org/rfc/rfc9110#field.content-encoding, https://www.rfc-editor.org/rfc/rfc9112#section-6.1
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from itertools import chain
from typing import Final

from archive.errors import SourceTrouble
from archive.reasons import Reason
from archive.signatures import HEAD_BYTES, is_image

MOST: Final = 3  # compressions of one body; more is nobody's
MEMBERS_MOST: Final = 4_096  # of a gzip stream: blocks of 64 KiB, as some tools write, come to 800 in 50 MiB
_OUT_BYTES: Final = 1_048_576  # inflated in one piece
_GZIP: Final = frozenset({"gzip", "x-gzip"})
_DEFLATE: Final = frozenset({"deflate", "x-deflate", "zlib"})
_GZIP_HEAD: Final = b"\x1f\x8b\x08"
# Compressions that nobody here can undo; any other word compresses nothing.
_BEYOND_US: Final = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip"})
_APART: Final = re.compile(r"[,\s]+")
_DEFLATED: Final = 8  # the one method of zlib
_GZIP_BITS, _ZLIB_BITS, _RAW_BITS = 31, 15, -15  # zlib's words for the three kinds of stream


class UncodedBody:
    """A body as it comes, its codings undone: to be read once, then asked what came and what was undone."""

    def __init__(self, pieces: Iterator[bytes], named: str) -> None:
        self._pieces = pieces
        words = (word.partition(";")[0].strip("\"'") for word in _APART.split(named.lower()))
        self._named = [word for word in words if word in _GZIP | _DEFLATE | _BEYOND_US]
        self.came_bytes = 0  # before anything was undone
        self.undone: list[str] = []
        self.is_image = False  # whether it begins like one, known as soon as it is read

    def __iter__(self) -> Iterator[bytes]:
        """The plain bytes; how they begin is read before the first is given.

        Raises:
            SourceTrouble: CONTENT_ENCODED, where nobody here can undo it; CUT_OFF, where a stream is broken.
        """
        pieces, named = self._counted(), list(self._named)
        while True:
            head, pieces = _peeked(pieces)
            self.is_image = is_image(head)
            word, bits = ("", None) if self.is_image else _outermost(named, head)
            if bits is None:
                return pieces
            if len(self.undone) == MOST:
                raise SourceTrouble(Reason.CONTENT_ENCODED, f"more than {MOST} compressions over each other")
            done = "gzip" if bits == _GZIP_BITS else "deflate"
            self.undone.append(word if word in _GZIP and bits == _GZIP_BITS else done)
            pieces = _inflated(done, bits, pieces)

    def _counted(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.came_bytes += len(piece)
            yield piece


def _outermost(named: list[str], head: bytes) -> tuple[str, int | None]:
    """What is to be undone next of what begins so, and how; takes its name, and those of what was not done, from the list.

    Raises:
        SourceTrouble: CONTENT_ENCODED.
    """
    while named:
        word = named.pop()
        bits = _bits(word, head)
        if bits is not None:
            return word, bits
        if word in _BEYOND_US:
            told = f"the origin compressed the body ({word}) although it was asked not to"
            raise SourceTrouble(Reason.CONTENT_ENCODED, told)
    return "", _bits("", head)


def _bits(word: str, head: bytes) -> int | None:
    """How zlib undoes what begins so where this is named; None if it cannot, or nothing is to be undone."""
    if head.startswith(_GZIP_HEAD):
        return _GZIP_BITS
    # Many send the bare stream where the name means one with zlib's two bytes before it; those can be told apart.
    method, checked = int.from_bytes(head[:1]) & 0x0F, int.from_bytes(head[:2]) % 31 == 0
    wrapped = method == _DEFLATED and checked
    if word in _DEFLATE:
        return _ZLIB_BITS if wrapped else _RAW_BITS
    return _ZLIB_BITS if word in _GZIP and wrapped else None


def _inflated(word: str, bits: int, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What a stream holds; bytes behind its end are read and dropped, but for further members of gzip."""
    engine, ended, members = zlib.decompressobj(bits), False, 1
    for piece in pieces:
        left = piece
        while left and not ended:
            yield from _out(word, engine, left)
            ended, left = engine.eof, engine.unused_data or engine.unconsumed_tail
            if ended and bits == _GZIP_BITS and left.startswith(_GZIP_HEAD):
                engine, ended, members = zlib.decompressobj(bits), False, members + 1
                if members > MEMBERS_MOST:
                    raise SourceTrouble(Reason.CONTENT_ENCODED, f"gzip of more than {MEMBERS_MOST} members")
    while not ended and any(last := list(_out(word, engine, b""))):
        yield from last
        ended = engine.eof
    if not ended:
        raise SourceTrouble(Reason.CUT_OFF, f"the body's {word} stream has no end")


def _out(word: str, engine: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """A piece of what these bytes hold, if anything yet."""
    try:
        out = engine.decompress(data, _OUT_BYTES)
    except zlib.error as error:
        raise SourceTrouble(Reason.CUT_OFF, f"the body's {word} stream is broken") from error
    if out:
        yield out


def _peeked(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """How a body begins, and the whole of it."""
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= HEAD_BYTES:
            break
    return head[:HEAD_BYTES], chain([head], pieces)
