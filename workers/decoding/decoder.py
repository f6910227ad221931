"""What runs in the caged child: is this file a sound image, and what does it say of itself.

With `workers.decoding.thumbnail` the only module that imports PIL. Layers, the cheapest first; a refusal's detail
begins with its layer:

    magic bytes      PNG, JPEG or WebP
    open             Pillow reads the head of JPEG and WebP, with those formats alone
    limits           pixels and frames, before anything is decoded
    PNG structure    the walk, which stands in for a decode; JPEG, WebP structure: up to the end mark
    decode           every pixel of JPEG and WebP, and of animations every frame

libjpeg fills up what did not come of a JPEG, in grey, and tells nobody who uses Pillow. So one that has no end mark
(some encoders forget it, and browsers show it: https://github.com/intel/libyami/pull/801), or ends in grey, is decoded
with other bytes behind its data, too: where they change no pixel, all had come.

A PNG is judged by the walk: Pillow is shown one only to decode the frames of an animation, and then without its
metadata, of which it takes less than there may be (1 MiB inflated). Frames are decoded forwards: an animation
builds each on the one before it, and backwards each would be decoded anew from the first.

No layer writes or speaks to anybody; a C2PA manifest is seen, not followed.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final, NamedTuple

import msgspec
from PIL import (
    Image,
    ImageFile,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from archive.errors import Damaged
from archive.reasons import Reason
from archive.signatures import JPEG, PNG, is_webp
from workers.decoding import jpeg, looks, png, webp
from workers.decoding.verdict import DETAIL_CHARACTERS, DamagedVerdict, DecodeLimits, Facts, Failed, Verdict

# Named, so that a child has its parsers loaded before its first image, its deadline and its cage.
_PARSERS: Final = (PngImagePlugin, JpegImagePlugin, MpoImagePlugin, WebPImagePlugin)
_GREY: Final = frozenset({127, 128})  # of a JPEG's samples: the middle, and inverted
_STRIP_ROWS: Final = 256
_MPO_ENTRIES: Final = 0xB002  # of its index: CIPA DC-007, 5.2.3
# An MPO is a JPEG with further pictures behind it; every viewer shows it as a JPEG.
_TYPES: Final = {
    "PNG": ("image/png", "png"),
    "JPEG": ("image/jpeg", "jpg"),
    "MPO": ("image/jpeg", "jpg"),
    "WEBP": ("image/webp", "webp"),
}


def prepare() -> None:
    """Load what opening an image would load at its first use, while modules can still be read."""
    Image.preinit()


def judge(file: BinaryIO, limits: DecodeLimits) -> bytes:
    """`examine`, with its outcome as JSON: what a child says is data."""
    verdict: Verdict
    try:
        verdict = examine(file.read(), limits)
    except Damaged as error:
        verdict = DamagedVerdict(reason=error.reason, detail=error.detail)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is said on the other side
        verdict = Failed(detail=f"a fault of ours, {type(error).__name__}: {error}"[:DETAIL_CHARACTERS])
    return msgspec.json.encode(verdict)


def examine(data: bytes, limits: DecodeLimits | None = None) -> Facts:
    """Say what these bytes are, or why it is no sound image.

    Raises:
        Damaged: NOT_AN_IMAGE, TOO_MANY_PIXELS, ANIMATED or UNDECODABLE; the detail begins with the layer.
        ImportError: if a part of ours cannot be read.
    """
    if ImageFile.LOAD_TRUNCATED_IMAGES:
        raise RuntimeError("LOAD_TRUNCATED_IMAGES is on: every damage would pass for sound")
    limits = limits or DecodeLimits()
    # Pillow warns of large images (our limit is below) and of broken EXIF, which is no damage.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _examine(data, limits)


def _examine(data: bytes, limits: DecodeLimits) -> Facts:
    if is_webp(data):
        return _webp(data, limits)
    if data.startswith(PNG):
        return _png(data, limits)
    if data.startswith(JPEG):
        return _jpeg(data, limits)
    raise Damaged(Reason.NOT_AN_IMAGE, f"magic bytes: no PNG, JPEG or WebP: {looks.like(data)}")


@contextmanager
def layer(name: str) -> Iterator[None]:
    """What Pillow or a parser of ours stumbles over becomes damage that names the layer."""
    try:
        yield
    except (Damaged, ImportError, PermissionError):  # the last two are the cage's or ours, not the image's
        raise
    except Image.DecompressionBombError as error:
        raise Damaged(Reason.TOO_MANY_PIXELS, f"{name}: far more pixels than are decoded here") from error
    except MemoryError as error:
        raise Damaged(Reason.UNDECODABLE, f"{name}: it needs more memory than a decoder has") from error
    except Exception as error:
        # Pillow's parsers raise OSError, SyntaxError, ValueError, IndexError and others.
        told = f"{name}: {str(error)[:200] or 'Pillow cannot go on'}"
        if isinstance(error, UnidentifiedImageError):  # its sentence names an object of Python's
            told = f"{name}: Pillow makes nothing of its head"
        elif "decoder object" in told:  # nor does libwebp's say what it means
            told = f"{name}: libwebp makes nothing of its chunks and flags"
        raise Damaged(Reason.UNDECODABLE, told) from error


@contextmanager
def opened(data: bytes, format_: str) -> Iterator[Image.Image]:
    """An image of this format, in Pillow's word, and of no other. Raises Damaged."""
    with layer("open"):
        image = Image.open(io.BytesIO(data), formats=(format_,))
    with image:
        yield image


def _png(data: bytes, limits: DecodeLimits) -> Facts:
    header, frames = png.claims(io.BytesIO(data))
    refuse_beyond(limits, header.width, header.height, frames)
    with layer("PNG structure"):
        found = png.walk(io.BytesIO(data))
    missing = max(frames - found.frames, 0)
    if found.animated:  # the walk follows the first picture only
        with opened(png.without_metadata(data), "PNG") as image:
            _load(image, range(_bounded(image, limits) - missing))
    return _facts(
        _Shown(header.mode, header.width, header.height),
        format_="PNG",
        frames=found.frames,
        c2pa=found.c2pa,
        trailing_bytes=found.trailing_bytes,
        missing_pictures=missing,
    )


def _jpeg(data: bytes, limits: DecodeLimits) -> Facts:
    with layer("JPEG structure"):
        found = jpeg.outline(data)
    with opened(jpeg.closed(data, found), "JPEG") as image:
        there, missing = _pictures(image, data)
        refuse_beyond(limits, image.width, image.height, len(there))
        shown = _load(image, there)
        doubted = len(there) == 1 and (not found.ended or _ends_grey(image))
        pixels = _digest(image) if doubted else b""
    del image  # a decoder has memory for one picture of the largest, and not for two
    if doubted:
        _refuse_filled(data[: found.scans_end], pixels, jpeg.FILLINGS[found.ended :])
    return _facts(
        shown,
        format_="MPO" if len(there) > 1 else "JPEG",
        frames=len(there),
        c2pa=found.c2pa,
        trailing_bytes=found.trailing_bytes if len(there) == 1 else jpeg.behind_the_last(data),
        missing_pictures=missing,
        ended=found.ended,
    )


def _ends_grey(image: Image.Image) -> bool:
    """Whether the last pixel is as libjpeg makes those of which nothing came."""
    told = image.getpixel((image.width - 1, image.height - 1))
    return all(value in _GREY for value in (told if isinstance(told, tuple) else (told,)))


def _refuse_filled(scans: bytes, pixels: bytes, fillings: Iterable[bytes]) -> None:
    """Raise Damaged if other bytes behind the scans make other pixels: then some had not come, and were invented."""
    for filling in fillings:
        if _digest_of(scans + filling + jpeg.END_MARK) != pixels:
            raise Damaged(Reason.UNDECODABLE, "JPEG structure: its data ends before its last rows")


def _digest_of(data: bytes) -> bytes:
    with opened(data, "JPEG") as image:
        return _digest(image)


def _digest(image: Image.Image) -> bytes:
    """Of its pixels, in strips, so that they are not in memory twice."""
    digest = hashlib.sha256()
    with layer("decode"):
        for top in range(0, image.height, _STRIP_ROWS):
            strip = image.crop((0, top, image.width, min(top + _STRIP_ROWS, image.height)))
            digest.update(strip.tobytes())
    return digest.digest()


def _pictures(image: Image.Image, data: bytes) -> tuple[list[int], int]:
    """Which pictures of a JPEG are in the file, and how many its index tells of beside those.

    An index outlives its pictures where a CDN or an editor rewrites the file and keeps the first alone.
    """
    if not isinstance(image, MpoImagePlugin.MpoImageFile):
        return [0], 0
    with layer("open"):
        index = image.mpinfo or {}
        at = [jpeg.index_base(data) + entry["DataOffset"] for entry in index[_MPO_ENTRIES]]
    there = [number for number, place in enumerate(at) if not number or data.startswith(jpeg.START, place)]
    return there, len(at) - len(there)


def _webp(data: bytes, limits: DecodeLimits) -> Facts:
    with layer("WebP structure"):
        found = webp.outline(data)
    # Before it is opened, since opening alone takes the memory of the canvas.
    refuse_beyond(limits, found.width, found.height, found.frames)
    with opened(data, "WEBP") as image:
        frames = _bounded(image, limits)
        return _facts(
            _load(image, range(frames)),
            format_="WEBP",
            frames=frames,
            c2pa=found.c2pa,
            trailing_bytes=found.trailing_bytes,
        )


def _bounded(image: Image.Image, limits: DecodeLimits) -> int:
    """The frames of an image that is opened and not yet decoded, if it is not too large."""
    with layer("open"):
        frames = int(getattr(image, "n_frames", 1))
    refuse_beyond(limits, image.width, image.height, frames)
    return frames


def refuse_beyond(limits: DecodeLimits, width: int, height: int, frames: int) -> None:
    """Raise Damaged for what is larger than may be decoded."""
    if frames > limits.max_frames:
        raise Damaged(
            Reason.TOO_MANY_PIXELS, f"limits: {frames} frames; {limits.max_frames} are decoded here"
        )
    if width * height * frames > limits.max_pixels:
        told = f"{width}x{height}, {frames} frame(s); {limits.max_pixels} pixels are decoded here"
        raise Damaged(Reason.TOO_MANY_PIXELS, f"limits: {told}")
    if frames > 1 and not limits.animated:
        raise Damaged(Reason.ANIMATED, f"limits: {frames} frames; one is taken here")


class _Shown(NamedTuple):
    """What the first frame is, of which the facts speak."""

    mode: str
    width: int
    height: int


def _load(image: Image.Image, frames: Iterable[int]) -> _Shown:
    """Decode every one of these frames, forwards; what the first of them is."""
    shown = None
    with layer("decode"):
        for frame in frames:
            image.seek(frame)
            image.load()
            shown = shown or _Shown(image.mode, image.width, image.height)
    assert shown is not None
    return shown


def _facts(
    shown: _Shown,
    *,
    format_: str,
    frames: int,
    c2pa: bool,
    trailing_bytes: int,
    missing_pictures: int = 0,
    ended: bool = True,
) -> Facts:
    content_type, extension = _TYPES[format_]
    return Facts(
        format=format_,
        content_type=content_type,
        extension=extension,
        mode=shown.mode,
        width=shown.width,
        height=shown.height,
        frames=frames,
        c2pa=c2pa,
        trailing_bytes=trailing_bytes,
        missing_pictures=missing_pictures,
        ended=ended,
    )
