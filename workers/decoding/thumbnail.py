"""What runs in the caged child that makes thumbnails: an image in, a small WebP without metadata out.

As a viewer shows it: turned as its EXIF says, of an animation the first frame, in sRGB, transparency kept. An image
that is smaller than a thumbnail stays as large as it is.
"""

from __future__ import annotations

import io
import warnings
from contextlib import suppress
from typing import Annotated, BinaryIO, Final

import msgspec
from msgspec import Meta
from PIL import ExifTags, Image, ImageCms, TiffImagePlugin

from archive.errors import Damaged
from archive.layout import THUMBNAIL_MAX_BYTES
from archive.records.record import Record
from archive.signatures import PNG, is_webp
from workers.decoding import jpeg, png, webp
from workers.decoding.decoder import layer, opened, refuse_beyond
from workers.decoding.verdict import DamagedVerdict, DecodeLimits, Failed

# What reading EXIF would load at its first use, when the cage lets nothing be read any more.
_PARSERS: Final = (TiffImagePlugin,)

WIDTH_MOST: Final = 480
HEIGHT_MOST: Final = 1_920  # four times as high as wide; of a longer strip the width gives way
_METHOD: Final = 2  # 6 ms, where 4 takes 15 for 3 % fewer bytes
QUALITIES: Final = (80, 40)  # the first of which it is small enough
_GAP: Final = (
    2.0  # reduced by whole steps first, to twice the size: as good to the eye, and several times as quick
)
# By EXIF orientation (EXIF 2.32, 4.6.4), what turns a picture upright; and which of them swap width and height.
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_TURNED: Final = frozenset({5, 6, 7, 8})
_KEPT_CHUNKS: Final = frozenset({b"iCCP", b"eXIf"})
_SRGB: Final = ImageCms.createProfile("sRGB")
_PROFILED: Final = frozenset({"RGB", "RGBA", "CMYK", "L"})
# 16 bits a sample, in Pillow's words: what it makes of them itself is white wherever a sample is over 255.
_DEEP: Final = frozenset({"I", "I;16", "I;16L", "I;16B", "I;16N"})


class Drawn(Record, frozen=True, kw_only=True, tag_field="verdict", tag="drawn"):
    """A thumbnail on its way out of the child."""

    webp: Annotated[bytes, Meta(max_length=THUMBNAIL_MAX_BYTES)]


Drawing = Drawn | DamagedVerdict | Failed


def answer(file: BinaryIO, limits: DecodeLimits) -> bytes:
    """`draw`, with its outcome as JSON: what a child says is data."""
    drawing: Drawing
    try:
        drawing = Drawn(webp=draw(file.read(), limits))
    except Damaged as error:
        drawing = DamagedVerdict(reason=error.reason, detail=error.detail)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is said on the other side
        drawing = Failed(detail=f"a fault of ours, {type(error).__name__}: {error}"[:300])
    return msgspec.json.encode(drawing)


def draw(data: bytes, limits: DecodeLimits | None = None) -> bytes:
    """The thumbnail of an image, a WebP of THUMBNAIL_MAX_BYTES at most.

    Raises:
        Damaged: NOT_AN_IMAGE, TOO_MANY_PIXELS or UNDECODABLE; the detail begins with the layer.
    """
    limits = limits or DecodeLimits()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        format_, shown = _readable(data, limits)
        with opened(shown, format_) as image:
            refuse_beyond(limits, image.width, image.height, 1)
            with layer("decode"):
                return _small_enough(_seen(_reduced(image), image.info.get("icc_profile")))


def _readable(data: bytes, limits: DecodeLimits) -> tuple[str, bytes]:
    """The format in Pillow's word, and what Pillow is shown: of a PNG's metadata only what changes the picture."""
    if is_webp(data):
        with layer("WebP structure"):
            found = webp.outline(data)
        # Opening alone takes the memory of the canvas.
        refuse_beyond(limits, found.width, found.height, 1)
        return "WEBP", data
    if data.startswith(PNG):
        with layer("PNG structure"):
            coloured = png.without_metadata(data, _KEPT_CHUNKS)
        with suppress(Damaged), opened(coloured, "PNG"):
            return "PNG", coloured
        return "PNG", png.without_metadata(data)  # a profile that is inflated without end is no damage
    with layer("JPEG structure"):
        return "JPEG", jpeg.closed(data, jpeg.outline(data))


def _reduced(image: Image.Image) -> Image.Image:
    """The first frame in the thumbnail's size, upright. JPEGs are decoded smaller where they can be."""
    orientation = _orientation(image)
    most = (HEIGHT_MOST, WIDTH_MOST) if orientation in _TURNED else (WIDTH_MOST, HEIGHT_MOST)
    scale = min(1.0, most[0] / image.width, most[1] / image.height)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    if scale < 1:
        image.draft(None, (round(size[0] * _GAP), round(size[1] * _GAP)))
    image.load()
    plain = _with_channels(image)
    if plain.size != size:
        plain = plain.resize(size, Image.Resampling.LANCZOS, reducing_gap=_GAP)
    return plain.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else plain


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001 - whatever Pillow stumbles over: broken EXIF is no damage, and turns nothing
        return 1


def _with_channels(image: Image.Image) -> Image.Image:
    """With eight bits a sample, and colours and transparency in channels: only those can be reduced."""
    if image.mode in _DEEP:
        return image.point(lambda sample: sample * (1 / 256)).convert("L")
    if image.mode in {"P", "PA", "1"} or (image.mode in {"L", "RGB"} and image.has_transparency_data):
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image


def _seen(image: Image.Image, profile: bytes | None) -> Image.Image:
    """In sRGB: by its own profile, where it has one that can be followed."""
    wanted = "RGBA" if image.mode in {"RGBA", "LA"} else "RGB"
    if profile and image.mode in _PROFILED:
        with suppress(ImageCms.PyCMSError, OSError, ValueError):  # it is none, or of another kind of picture
            with_profile = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            seen = ImageCms.profileToProfile(image, with_profile, _SRGB, outputMode=wanted)
            if seen is not None:
                return seen
    return image.convert(wanted)


def _small_enough(image: Image.Image) -> bytes:
    """A WebP that has room; what is as noisy as nothing that a model makes becomes coarser, then smaller."""
    while True:
        for quality in QUALITIES:
            out = io.BytesIO()
            # Said, since Pillow would else write what the image was opened with.
            image.save(
                out,
                "WEBP",
                quality=quality,
                alpha_quality=quality,
                method=_METHOD,
                exif=b"",
                icc_profile=b"",
                xmp=b"",
            )
            if out.tell() <= THUMBNAIL_MAX_BYTES:
                return out.getvalue()
        image = image.reduce(2)
