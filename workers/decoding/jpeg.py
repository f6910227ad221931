"""The outline of a JPEG: where it ends, and whether a C2PA manifest is in it; pure.

https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from archive.errors import Damaged
from archive.reasons import Reason
from archive.signatures import JPEG

START: Final = b"\xff\xd8"
_END: Final = 0xD9
_SCAN: Final = 0xDA
_APP2: Final = 0xE2
_APP11: Final = 0xEB
_INDEX: Final = b"MPF\0"  # of an MPO: CIPA DC-007, 5.1
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a segment
# Behind a scan's head: the next marker that is neither a stuffed zero nor a restart nor filling.
_AFTER_SCAN: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
_END_MARK: Final = b"\xff\xd9"


class JpegOutline(NamedTuple):
    """What stands in a JPEG beside its pixels; `trailing_bytes` stand behind the end mark."""

    c2pa: bool
    trailing_bytes: int


def outline(data: bytes, *, pictures: int = 1) -> JpegOutline:
    """Walk the segments of a JPEG; with more than one picture in it (MPO), up to the last end mark.

    Bytes between segments are passed over, as every decoder does.

    Raises:
        Damaged: UNDECODABLE, if there is no end mark.
    """
    at, c2pa = len(JPEG) - 1, False
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise Damaged(Reason.UNDECODABLE, "JPEG structure: the file ends without its end mark")
        marker = data[at + 1]
        if marker == _END:
            break
        if marker in _ALONE:
            at += 2
        elif marker in {0x00, 0xFF}:
            at += 1
        else:
            length = int.from_bytes(data[at + 2 : at + 4], "big")
            c2pa = c2pa or (marker == _APP11 and _is_c2pa(data[at + 4 : at + 2 + length]))
            at += 2 + max(length, 2)
            if marker == _SCAN:
                found = _AFTER_SCAN.search(data, at)
                at = len(data) if found is None else found.start()
    end = at if pictures == 1 else data.rfind(_END_MARK)
    return JpegOutline(c2pa, len(data) - end - len(_END_MARK))


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
