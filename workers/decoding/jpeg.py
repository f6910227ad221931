"""The outline of a JPEG: its coding, where it ends, and whether a C2PA manifest is in it; pure.

https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from archive.errors import Damaged
from archive.reasons import Reason
from archive.signatures import JPEG

START: Final = b"\xff\xd8"
END_MARK: Final = b"\xff\xd9"
# What is put in place of pixels that did not come, to see whether any did not: a decoder fills up with zeros. The
# first differs from those in its first bit, but is no code of most; the second is one, and enough where rows are missing.
FILLINGS: Final = (b"\xfe" * 64, b"\x55\xa9" * 32)
_END: Final = 0xD9
_SCAN: Final = 0xDA
_APP2: Final = 0xE2
_APP11: Final = 0xEB
_INDEX: Final = b"MPF\0"  # of an MPO: CIPA DC-007, 5.1
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a segment
_FRAMES: Final = frozenset(
    {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
)  # headers of a frame, by its coding
_PROGRESSIVE: Final = frozenset({0xC2, 0xCA})
_BITS: Final = 8  # a sample
# Codings that no viewer of JPEG shows, and libjpeg does not decode. The last is of another standard, ITU-T T.87.
_UNKEPT: Final = {
    **dict.fromkeys((0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF), "a hierarchical JPEG"),
    0xF7: "a JPEG-LS",
}
# Behind a scan's head: the next marker that is neither a stuffed zero nor a restart nor filling.
_AFTER_SCAN: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)


class JpegOutline(NamedTuple):
    """What stands in a JPEG beside its pixels; `trailing_bytes` stand behind its end.

    `ended`: it has its end mark. `scans_end` is where the data of its last scan ends.
    """

    c2pa: bool
    trailing_bytes: int
    ended: bool
    scans_end: int


class _Scans:
    """Which parts of the picture have come: of each component each of 64 coefficients, to its last bit."""

    def __init__(self) -> None:
        self._left: dict[int, list[int]] = {}  # bits that each coefficient lacks, by component
        self._progressive = False

    def frame(self, marker: int, head: bytes) -> None:
        """The header of a frame. Raises Damaged for a coding that is not decoded here."""
        kind = _UNKEPT.get(marker)
        if kind is None and head and head[0] != _BITS:
            kind = f"a JPEG of {head[0]} bits a sample"
        if kind is not None:
            raise Damaged(Reason.UNDECODABLE, f"JPEG structure: it is {kind}, which is not decoded here")
        self._progressive = marker in _PROGRESSIVE
        self._left = {number: [_BITS] * 64 for number in head[6::3]}

    def scan(self, head: bytes) -> None:
        """The header of a scan."""
        count = head[0] if head else 0
        first, last, bits = head[1 + 2 * count : 4 + 2 * count].ljust(3, b"\0")
        for number in head[1 : 1 + 2 * count : 2]:
            if number in self._left and not self._progressive:
                self._left[number] = [0] * 64
            elif number in self._left and last < 64:  # noqa: PLR2004 - coefficients
                self._left[number][first : last + 1] = [bits & 0x0F] * (last + 1 - first)

    @property
    def came(self) -> bool:
        return bool(self._left) and not any(any(left) for left in self._left.values())


def outline(data: bytes) -> JpegOutline:
    """Walk the segments of a JPEG, up to the end mark of its first picture.

    Bytes between segments are passed over, as every decoder does. Some encoders forget the end mark, which no
    viewer misses: where all scans came without it, that is told.

    Raises:
        Damaged: UNDECODABLE, if there is neither an end mark nor all scans; if its coding is not decoded here.
    """
    at, c2pa, scans, scans_end = len(JPEG) - 1, False, _Scans(), 0
    while 0 <= (at := data.find(b"\xff", at)) < len(data) - 1:
        marker = data[at + 1]
        if marker == _END:
            return JpegOutline(c2pa, len(data) - at - len(END_MARK), ended=True, scans_end=scans_end or at)
        if marker in _ALONE:
            at += 2
        elif marker in {0x00, 0xFF}:
            at += 1
        else:
            length = int.from_bytes(data[at + 2 : at + 4], "big")
            segment = data[at + 4 : at + 2 + length]
            c2pa = c2pa or (marker == _APP11 and _is_c2pa(segment))
            at += 2 + max(length, 2)
            if marker in _FRAMES:
                scans.frame(marker, segment)
            if marker == _SCAN:
                scans.scan(segment)
                found = _AFTER_SCAN.search(data, at)
                at = scans_end = len(data) if found is None else found.start()
    if not scans.came:
        raise Damaged(Reason.UNDECODABLE, "JPEG structure: the file ends without its end mark")
    if data[scans_end - 1 : scans_end] == b"\xff":
        scans_end -= 1  # half of an end mark
    return JpegOutline(c2pa, len(data) - scans_end, ended=False, scans_end=scans_end)


def closed(data: bytes, found: JpegOutline) -> bytes:
    """A JPEG as Pillow reads it to its end: with an end mark, where it has none."""
    return data if found.ended else data[: found.scans_end] + END_MARK


def behind_the_last(data: bytes) -> int:
    """The bytes behind the last end mark: where several pictures stand in a file (MPO), each has one."""
    return len(data) - data.rfind(END_MARK) - len(END_MARK)


def index_base(data: bytes) -> int:
    """From where the offsets in an MPO's index count: the index itself, behind its name; 0 if there is none.

    Of several the last one holds, as for Pillow.
    """
    at, base = len(START), 0
    while data[at : at + 1] == b"\xff" and data[at + 1 : at + 2] not in {b"", bytes([_SCAN]), bytes([_END])}:
        if data[at + 1] in _ALONE or data[at + 1] == 0xFF:  # noqa: PLR2004 - filling
            at += 1 if data[at + 1] == 0xFF else 2  # noqa: PLR2004 - filling
            continue
        if data[at + 1] == _APP2 and data.startswith(_INDEX, at + 4):
            base = at + 4 + len(_INDEX)
        at += 2 + max(int.from_bytes(data[at + 2 : at + 4], "big"), 2)
    return base


def _is_c2pa(segment: bytes) -> bool:
    """Whether a segment is a JUMBF box of C2PA; https://spec.c2pa.org, section on embedding in JPEG."""
    return segment.startswith(b"JP") and segment[12:16] == b"jumb" and b"c2pa" in segment
