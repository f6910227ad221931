"""What a decoder is told to refuse, and what it says of an image: data, checked where it is read."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta

from archive.reasons import Reason
from archive.records.record import Record

DETAIL_CHARACTERS: Final = 300  # a sentence for people; Pillow's own are under 100


_MOST: Final = 2**31 - 1
_Count = Annotated[int, Meta(ge=1, le=_MOST)]
_Detail = Annotated[str, Meta(max_length=DETAIL_CHARACTERS)]


class DecodeLimits(Record, frozen=True, kw_only=True):
    """What is refused before it is decoded."""

    max_pixels: int = 64_000_000  # all frames together; 8.29 MP is the largest that the models make
    max_frames: int = 1_000  # what an animation may ask of the decoder, however small its frames
    animated: bool = True  # whether more than one frame or picture (APNG, WebP, MPO) is taken


class Facts(Record, frozen=True, kw_only=True, tag_field="verdict", tag="sound"):
    """What a sound image says of itself. `c2pa`: a manifest is embedded; nothing is said of its truth.

    Checked where it is read, for a child that was taken over might say anything: the extension becomes
    part of a key.
    """

    format: Annotated[str, Meta(pattern=r"^(PNG|JPEG|WEBP|MPO)\Z")]
    content_type: Annotated[str, Meta(pattern=r"^image/(png|jpeg|webp)\Z")]
    extension: Annotated[str, Meta(pattern=r"^(png|jpg|webp)\Z")]
    mode: Annotated[str, Meta(pattern=r"^[A-Za-z0-9;]{1,16}\Z")]  # Pillow's word: RGB, RGBA, L, P, ...
    width: _Count
    height: _Count
    frames: _Count = 1
    c2pa: bool = False
    trailing_bytes: Annotated[int, Meta(ge=0, le=_MOST)] = 0
    # Pictures that an MPO's index or an APNG's control tells of and that are not in the file: somebody kept the first.
    missing_pictures: Annotated[int, Meta(ge=0, le=_MOST)] = 0
    ended: bool = True  # whether the end mark is there; without it, every pixel is


class DamagedVerdict(Record, frozen=True, kw_only=True, tag_field="verdict", tag="damaged"):
    """A `Damaged` on its way out of the child."""

    reason: Reason
    detail: _Detail


class Failed(Record, frozen=True, kw_only=True, tag_field="verdict", tag="failed"):
    """The file could not be read, or the fault is ours: no word about the image."""

    detail: _Detail


Verdict = Facts | DamagedVerdict | Failed
