"""What runs in the caged child: is this file a sound image, and what does it say of itself.

The only module that imports PIL. Layers, the cheapest first; a refusal's detail begins with its layer:

    magic bytes      PNG, JPEG or WebP
    open             Pillow reads the head, with those three formats alone
    limits           pixels and frames, before anything is decoded
    PNG structure    the walk, which stands in for a decode; JPEG, WebP structure: up to the end mark
    decode           every pixel of JPEG and WebP, and of animations every frame

No layer writes or speaks to anybody; a C2PA manifest is seen, not followed.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, BinaryIO, Final

import msgspec
from msgspec import Meta
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
from archive.record import Record
from workers import jpeg, png, webp

FORMATS: Final = ("PNG", "JPEG", "WEBP")
# Named, so that a child has its parsers loaded before its first image, its deadline and its cage.
_PARSERS: Final = (PngImagePlugin, JpegImagePlugin, MpoImagePlugin, WebPImagePlugin)
# An MPO is a JPEG with further pictures behind it; every viewer shows it as a JPEG.
_TYPES: Final = {
    "PNG": ("image/png", "png"),
    "JPEG": ("image/jpeg", "jpg"),
    "MPO": ("image/jpeg", "jpg"),
    "WEBP": ("image/webp", "webp"),
}
_HINT_BYTES: Final = 512
_DETAIL_CHARACTERS: Final = 300  # a sentence for people; Pillow's own are under 100
# What refused bytes often are, by how they begin; only these words of ours reach the dead letter.
_HINTS: Final = (
    (b"<!doctype html", "HTML"), (b"<html", "HTML"), (b"<head", "HTML"), (b"<svg", "SVG"), (b"<?xml", "XML"),
    (b"{", "JSON"), (b"[", "JSON"), (b"gif8", "GIF"), (b"%pdf", "PDF"), (b"pk\x03\x04", "ZIP"), (b"bm", "BMP"),
    (b"ii*\x00", "TIFF"), (b"mm\x00*", "TIFF"), (b"\x1f\x8b", "gzip"), (b"\xff\x0a", "JPEG XL"),
)  # fmt: skip
_FTYP: Final = {b"avif": "AVIF", b"avis": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIF"}


_MOST: Final = 2**31 - 1
_Count = Annotated[int, Meta(ge=1, le=_MOST)]
_Detail = Annotated[str, Meta(max_length=_DETAIL_CHARACTERS)]


class Limits(Record, frozen=True, kw_only=True):
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


class Refused(Record, frozen=True, kw_only=True, tag_field="verdict", tag="damaged"):
    """A `Damaged` on its way out of the child."""

    reason: Reason
    detail: _Detail


class Failed(Record, frozen=True, kw_only=True, tag_field="verdict", tag="failed"):
    """The file could not be read, or the fault is ours: no word about the image."""

    detail: _Detail


Verdict = Facts | Refused | Failed


def prepare() -> None:
    """Load what opening an image would load at its first use, while modules can still be read."""
    Image.preinit()


def judge(file: BinaryIO, limits: Limits) -> bytes:
    """`examine`, with its outcome as JSON: what a child says is data."""
    verdict: Verdict
    try:
        verdict = examine(file.read(), limits)
    except Damaged as error:
        verdict = Refused(reason=error.reason, detail=error.detail)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is said on the other side
        verdict = Failed(detail=f"{type(error).__name__}: {error}"[:_DETAIL_CHARACTERS])
    return msgspec.json.encode(verdict)


def examine(data: bytes, limits: Limits | None = None) -> Facts:
    """Say what these bytes are, or why it is no sound image.

    Raises:
        Damaged: NOT_AN_IMAGE, TOO_MANY_PIXELS, ANIMATED or UNDECODABLE; the detail begins with the layer.
        ImportError: if a part of ours cannot be read.
    """
    if ImageFile.LOAD_TRUNCATED_IMAGES:
        raise RuntimeError("LOAD_TRUNCATED_IMAGES is on: every damage would pass for sound")
    limits = limits or Limits()
    # Pillow warns of large images (our limit is below) and of broken EXIF, which is no damage.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _examine(data, limits)


def _examine(data: bytes, limits: Limits) -> Facts:
    if webp.is_webp(data):
        return _webp(data, limits)
    if data.startswith(png.SIGNATURE):
        return _png(data, limits)
    if data.startswith(jpeg.SIGNATURE):
        return _jpeg(data, limits)
    raise Damaged(Reason.NOT_AN_IMAGE, f"magic bytes: no PNG, JPEG or WebP: {_hint(data)}")


@contextmanager
def _layer(name: str) -> Iterator[None]:
    """What Pillow or a parser of ours stumbles over becomes damage that names the layer."""
    try:
        yield
    except (Damaged, ImportError, PermissionError):  # the last two are the cage's or ours, not the image's
        raise
    except Image.DecompressionBombError as error:
        raise Damaged(Reason.TOO_MANY_PIXELS, f"{name}: far more pixels than are decoded here") from error
    except Exception as error:
        # Pillow's parsers raise OSError, SyntaxError, ValueError, IndexError, MemoryError and others.
        told = f"{name}: {type(error).__name__}: {str(error)[:200]}"
        if isinstance(error, UnidentifiedImageError):  # its sentence names an object of Python's
            told = f"{name}: Pillow makes nothing of its head"
        raise Damaged(Reason.UNDECODABLE, told) from error


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    with _layer("open"):
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    with image:
        yield image


def _png(data: bytes, limits: Limits) -> Facts:
    with _opened(data) as image:
        frames = _bounded(image, limits)
        with _layer("PNG structure"):
            found = png.walk(io.BytesIO(data))
        if frames > 1:  # the walk follows the first picture only
            _load(image, frames)
        return _facts(image, frames, c2pa=found.c2pa, trailing_bytes=found.trailing_bytes)


def _jpeg(data: bytes, limits: Limits) -> Facts:
    with _opened(data) as image:
        frames = _bounded(image, limits)
        with _layer("JPEG structure"):
            found = jpeg.outline(data, pictures=frames)
        _load(image, frames)
        return _facts(image, frames, c2pa=found.c2pa, trailing_bytes=found.trailing_bytes)


def _webp(data: bytes, limits: Limits) -> Facts:
    with _layer("WebP structure"):
        found = webp.outline(data)
    # Before it is opened, since opening alone takes the memory of the canvas.
    _refuse_beyond(limits, found.width, found.height, found.frames)
    with _opened(data) as image:
        frames = _bounded(image, limits)
        _load(image, frames)
        return _facts(image, frames, c2pa=found.c2pa, trailing_bytes=found.trailing_bytes)


def _bounded(image: Image.Image, limits: Limits) -> int:
    """The frames of an image that is opened and not yet decoded, if it is not too large."""
    with _layer("open"):
        frames = int(getattr(image, "n_frames", 1))
    _refuse_beyond(limits, image.width, image.height, frames)
    return frames


def _refuse_beyond(limits: Limits, width: int, height: int, frames: int) -> None:
    if frames > limits.max_frames:
        raise Damaged(
            Reason.TOO_MANY_PIXELS, f"limits: {frames} frames; {limits.max_frames} are decoded here"
        )
    if width * height * frames > limits.max_pixels:
        told = f"{width}x{height}, {frames} frame(s); {limits.max_pixels} pixels are decoded here"
        raise Damaged(Reason.TOO_MANY_PIXELS, f"limits: {told}")
    if frames > 1 and not limits.animated:
        raise Damaged(Reason.ANIMATED, f"limits: {frames} frames; one is taken here")


def _load(image: Image.Image, frames: int) -> None:
    """Decode every frame; the first stays the one that the facts speak of."""
    with _layer("decode"):
        for frame in reversed(range(frames)):
            image.seek(frame)
            image.load()


def _facts(image: Image.Image, frames: int, *, c2pa: bool, trailing_bytes: int) -> Facts:
    name = image.format or ""
    content_type, extension = _TYPES[name]
    return Facts(
        format=name,
        content_type=content_type,
        extension=extension,
        mode=image.mode,
        width=image.width,
        height=image.height,
        frames=frames,
        c2pa=c2pa,
        trailing_bytes=trailing_bytes,
    )


def _hint(data: bytes) -> str:
    """What refused bytes look like, in a word of ours."""
    if not data:
        return "the file is empty"
    head = data[:_HINT_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head[4:8] == b"ftyp":
        return f"it looks like {_FTYP.get(head[8:12], 'a video')}"
    word = next((word for start, word in _HINTS if head.startswith(start)), None)
    if word is None and b"<html" in head:
        word = "HTML"
    if word is not None:
        return f"it looks like {word}"
    return "it looks like text" if head.isascii() and b"\x00" not in head else "unknown bytes"
