"""What an origin says that it did to a body, and what it did: content codings undone within a download's bounds.

We ask for the bytes as they are. Some origins name a coding that compresses nothing (`UTF-8`, `aws-chunked`, which
stores keep for their uploader), some name gzip over plain bytes, some compress all the same. So the bytes decide:
what begins like an image is one, and what begins like gzip where gzip was named is inflated. The image is the same
either way (https://www.rfc-editor.org/rfc/rfc9110#field.content-encoding).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from itertools import chain
from typing import Final

from archive.errors import SourceTrouble
from archive.reasons import Reason
from archive.signatures import HEAD_BYTES, is_image

MOST: Final = 3  # codings of one body; more is nobody's
_OUT_BYTES: Final = 1_048_576  # inflated in one piece
_GZIP: Final = frozenset({"gzip", "x-gzip"})
_GZIP_HEAD: Final = b"\x1f\x8b"
# Compressions that nobody here can undo; any other word compresses nothing.
_BEYOND_US: Final = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip"})
_DEFLATED: Final = 8  # the one method of zlib
_GZIP_BITS, _ZLIB_BITS, _RAW_BITS = 31, 15, -15  # zlib's words for the three kinds of stream


class UncodedBody:
    """A body as it comes, its codings undone: to be read once, then asked what came and what was undone."""

    def __init__(self, pieces: Iterator[bytes], named: str) -> None:
        self._pieces = pieces
        self._named = [word.strip().lower() for word in named.split(",") if word.strip()]
        self.came_bytes = 0  # before anything was undone
        self.undone: list[str] = []

    def __iter__(self) -> Iterator[bytes]:
        """The plain bytes.

        Raises:
            SourceTrouble: CONTENT_ENCODED, where nobody here can undo it; CUT_OFF, where a stream is broken.
        """
        compressions = [word for word in self._named if word in _BEYOND_US or _bits(word, b"") is not None]
        if len(compressions) > MOST:
            raise SourceTrouble(Reason.CONTENT_ENCODED, f"{len(compressions)} compressions over each other")
        pieces = self._counted()
        for word in reversed(compressions):
            pieces = self._without(word, pieces)
        return pieces

    def _counted(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.came_bytes += len(piece)
            yield piece

    def _without(self, word: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The bytes without this compression, if they have it."""
        head, pieces = _peeked(pieces)
        if is_image(head) or (word in _GZIP and not head.startswith(_GZIP_HEAD)):
            yield from pieces  # named over plain bytes
            return
        bits = _bits(word, head)
        if bits is None:
            raise SourceTrouble(
                Reason.CONTENT_ENCODED,
                f"the origin compressed the body ({word}) although it was asked not to",
            )
        self.undone.append(word)
        yield from _inflated(word, bits, pieces)


def _bits(word: str, head: bytes) -> int | None:
    """How zlib undoes a compression that begins so; None if it cannot."""
    if word in _GZIP:
        return _GZIP_BITS
    if word != "deflate":
        return None
    # Many send the bare stream where the name means one with zlib's two bytes before it; those can be told apart.
    method, checked = int.from_bytes(head[:1]) & 0x0F, int.from_bytes(head[:2]) % 31 == 0
    wrapped = method == _DEFLATED and checked
    return _ZLIB_BITS if wrapped else _RAW_BITS


def _inflated(word: str, bits: int, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What a stream holds; bytes behind its end are read and dropped, but for further members of gzip."""
    engine, ended = zlib.decompressobj(bits), False
    for piece in pieces:
        left = piece
        while left and not ended:
            yield from _out(word, engine, left)
            ended, left = engine.eof, engine.unused_data or engine.unconsumed_tail
            if ended and bits == _GZIP_BITS and left.startswith(_GZIP_HEAD):
                engine, ended = zlib.decompressobj(bits), False
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
