"""The outline of a WebP: its canvas, where it ends, whether a C2PA manifest is in it; pure.

https://developers.google.com/speed/webp/docs/riff_container
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from archive.errors import Damaged
from archive.reasons import Reason

_HEAD_BYTES: Final = 12  # RIFF, size, WEBP
_SIDE: Final = 0x3FFF  # 14 bits of a side


class WebpOutline(NamedTuple):
    """What the container says; a canvas of 0x0 is one that it does not tell."""

    width: int
    height: int
    frames: int
    c2pa: bool
    trailing_bytes: int


def outline(data: bytes) -> WebpOutline:
    """Walk the chunks of a WebP.

    Raises:
        Damaged: UNDECODABLE, if the file is shorter than it says.
    """
    end = 8 + int.from_bytes(data[4:8], "little")
    if len(data) < end:
        raise Damaged(Reason.UNDECODABLE, "WebP structure: the file is shorter than its RIFF header says")
    width, height, frames, c2pa, at = 0, 0, 0, False, _HEAD_BYTES
    while at + 8 <= end:
        kind, length = struct.unpack("<4sI", data[at : at + 8])
        if at + 8 + length > end:
            told = "a chunk of it is longer than the file is by its RIFF header"
            raise Damaged(Reason.UNDECODABLE, f"WebP structure: {told}")
        if not width:
            width, height = _canvas(kind, data[at + 8 : at + 18])
        frames += kind == b"ANMF"
        c2pa = c2pa or kind == b"C2PA"
        at += 8 + length + length % 2
    return WebpOutline(width, height, max(frames, 1), c2pa, len(data) - end)


def _canvas(kind: bytes, head: bytes) -> tuple[int, int]:
    """Width and height as a chunk's first ten bytes tell them."""
    if len(head) < 10:  # noqa: PLR2004 - the longest of the three heads
        return 0, 0
    if kind == b"VP8X":
        return 1 + int.from_bytes(head[4:7], "little"), 1 + int.from_bytes(head[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return 1 + (bits & _SIDE), 1 + (bits >> 14 & _SIDE)
    if kind == b"VP8 ":
        return int.from_bytes(head[6:8], "little") & _SIDE, int.from_bytes(head[8:10], "little") & _SIDE
    return 0, 0
