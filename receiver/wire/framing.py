"""Where the body of a request ends: the one judge of it, since two judges can disagree.

`LengthTold`   so many bytes, also none
`Chunked`   frames, each with its size before it, and a last one of size 0

Both take what they are sure of from the front of what came, and leave the rest: once `ended`, the rest is the next
request. What is in doubt is refused, for good: nothing of such a connection is read any more.
https://www.rfc-editor.org/rfc/rfc9112#section-6
"""

from __future__ import annotations

import re
from typing import Protocol

from receiver.refusal import NotTaken

# The version that has no frames: https://www.rfc-editor.org/rfc/rfc9112#section-6.1
OLD = "1.0"
# A frame smaller than this is small: what surrounds it, and what it costs to take, outweigh what it brings.
SMALL_FRAME_BYTES = 512
# An honest body of 1 KB in frames of a byte each; a stranger's million of them would be a second of the loop's time.
SMALL_FRAMES_MOST = 1_024
# Sizes, extensions and trailers of one body. Its largest in frames of half a KiB has 16 KB of sizes.
FRAMES_OVERHEAD_MAX_BYTES = 32_768

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
_TEXT = rb"[\t\x20-\x7e\x80-\xff]"
_QUOTED = rb'"(?:[\t\x20\x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\' + _TEXT + rb')*"'
_EXTENSION = rb";%b(?:=(?:%b|%b))?" % (_TOKEN, _TOKEN, _QUOTED)
# 16 digits are more than any body has, and no number of them is more than others can count with.
_SIZE = re.compile(rb"\A([0-9A-Fa-f]{1,16})(?:%b)*+\r\n" % _EXTENSION)
_TRAILER = re.compile(rb"\A(%b):%b*+\r\n" % (_TOKEN, _TEXT))
# No trailer may say where a body ends: https://www.rfc-editor.org/rfc/rfc9110#section-6.5.1
_NO_TRAILERS = (b"content-length", b"transfer-encoding")
_LINE_BREAK = b"\r\n"
# The longest length that every reader can count with: https://www.rfc-editor.org/rfc/rfc9110#section-8.6
_LENGTH_DIGITS = 18


class Framing(Protocol):
    """How one body is cut out of what comes."""

    ended: bool

    def take(self, came: bytearray) -> bytes:
        """What is there of the body, taken from the front. Raises NotTaken."""


class LengthTold:
    """A body of which the length was told."""

    __slots__ = ("ended", "left")

    def __init__(self, length: int) -> None:
        self.left = length
        self.ended = not length

    def take(self, came: bytearray) -> bytes:
        """What is there of the body, taken from the front."""
        data = bytes(came[: self.left])
        del came[: len(data)]
        self.left -= len(data)
        self.ended = not self.left
        return data


class Chunked:
    """A body in frames, each after its size, the last one of size 0.

    Extensions are passed over and trailers dropped, both counted; the number of small frames is bounded.
    https://www.rfc-editor.org/rfc/rfc9112#section-7.1
    """

    __slots__ = ("_left", "_looked_at", "_overhead", "_small", "_trailing", "_within", "ended")

    def __init__(self) -> None:
        self.ended = False
        self._left = 0  # bytes of the frame that is being taken
        self._within = False  # a frame's data, or the line break after it, is what comes next
        self._trailing = False  # the last frame is here
        self._looked_at = 0  # bytes of the line that is not whole
        self._small = self._overhead = 0

    def take(self, came: bytearray) -> bytes:
        """What is there of the body, taken from the front.

        Raises:
            NotTaken: 400 where the frames are none, 413 for too many small ones or too much beside the data.
        """
        pieces: list[bytes] = []
        at = 0
        while not self.ended:
            before = at
            if self._within:
                at = self._data(came, at, pieces)
            elif self._trailing:
                at = self._trailer(came, at)
            else:
                at = self._size(came, at)
            if at == before:
                break
        del came[:at]
        return b"".join(pieces)

    def _data(self, came: bytearray, at: int, pieces: list[bytes]) -> int:
        if self._left:
            piece = bytes(came[at : at + self._left])
            pieces.append(piece)
            self._left -= len(piece)
            at += len(piece)
        ends = came[at : at + 2]
        if self._left or not ends:
            return at
        if not _LINE_BREAK.startswith(ends):
            raise NotTaken(400, "a frame of the body is longer than its size")
        if len(ends) == 1:
            return at
        self._within = False
        return at + 2

    def _size(self, came: bytearray, at: int) -> int:
        end = self._line_end(came, at)
        if end == at:
            return at
        line = _SIZE.fullmatch(came[at:end])
        if line is None:
            raise NotTaken(400, "the size of a frame of the body cannot be read")
        size = int(line[1], 16)
        if not size:
            self._trailing = True
            return end
        if size < SMALL_FRAME_BYTES:
            self._small += 1
            if self._small > SMALL_FRAMES_MOST:
                raise NotTaken(413, f"the body has more than {SMALL_FRAMES_MOST} small frames")
        self._left, self._within = size, True
        return end

    def _trailer(self, came: bytearray, at: int) -> int:
        end = self._line_end(came, at)
        if end == at:
            return at
        if came.startswith(_LINE_BREAK, at):
            self.ended = True
            return end
        line = _TRAILER.fullmatch(came[at:end])
        if line is None or line[1].lower() in _NO_TRAILERS:
            raise NotTaken(400, "what stands after the body is no trailer")
        return end

    def _line_end(self, came: bytearray, at: int) -> int:
        """Where the line that begins here ends, counted once it is whole; until then where it begins."""
        end = came.find(b"\n", at + self._looked_at) + 1
        if end:
            self._looked_at = 0
            self._count(end - at)
            return end
        self._looked_at = len(came) - at
        if self._overhead + self._looked_at > FRAMES_OVERHEAD_MAX_BYTES:
            self._count(self._looked_at)
        return at

    def _count(self, count: int) -> None:
        self._overhead += count
        if self._overhead > FRAMES_OVERHEAD_MAX_BYTES:
            raise NotTaken(413, "what stands beside the body's data is too much")


def framing_of(version: str, lengths: list[bytes], codings: list[bytes]) -> Framing:
    """The framing that a header tells by its fields Content-Length and Transfer-Encoding.

    Raises:
        NotTaken: 400 where they leave it in doubt: both of them, one of them twice, a coding that is not `chunked`
            alone, or any at all in HTTP/1.0: https://www.rfc-editor.org/rfc/rfc9112#section-6.1
    """
    if codings:
        if lengths or version == OLD or len(codings) > 1 or codings[0].lower() != b"chunked":
            raise NotTaken(400, "where the body ends is in doubt: Transfer-Encoding may be `chunked` alone")
        return Chunked()
    if not lengths:
        return LengthTold(0)
    [first, *more] = lengths
    if more or not first.isdigit() or len(first) > _LENGTH_DIGITS:
        raise NotTaken(400, "where the body ends is in doubt: Content-Length may be one number alone")
    return LengthTold(int(first))
