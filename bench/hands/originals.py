"""The images that are fetched: drawn once, and marked so that no two of them are the same bytes.

A mark is a small valid piece of the format that tells the image's number: tEXt in PNG, a comment in JPEG, XMP
in WebP. So whoever knows bytes by their digest meets new ones each time, and nothing is drawn twice.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops

CONTENT_TYPES: Final = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
_SAVED: Final = {"png": {}, "jpeg": {"quality": 90}, "webp": {"quality": 90, "method": 0}}
# The grain that makes a PNG of 1024 x 1024 as large as the models' are: 1.8 MB, and 2880 x 2880 14 MB.
_GRAIN: Final = 4
_CLOUDS_PX: Final = 9
_DIGITS: Final = 16
_PNG_HEAD_BYTES: Final = 33  # signature and IHDR


@dataclass(frozen=True)
class Original:
    """A drawn image, cut where its mark goes; `name` is format and side, as in png_1024."""

    name: str
    before: bytes
    after: bytes

    @property
    def format(self) -> str:
        """The format: png, jpeg or webp."""
        return self.name.partition("_")[0]

    @property
    def extension(self) -> str:
        """The ending of its links."""
        return "jpg" if self.format == "jpeg" else self.format

    @property
    def size_bytes(self) -> int:
        """The size of each marked image."""
        return len(self.before) + len(self.mark(0)) + len(self.after)

    def mark(self, number: int) -> bytes:
        """What stands between the two parts in the image of this number."""
        text = b"number %0*d" % (_DIGITS, number)
        if self.format == "png":
            chunk = b"tEXtComment\0" + text
            return (len(chunk) - 4).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
        if self.format == "jpeg":
            return b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text
        return text

    def sha256(self, number: int) -> str:
        """The SHA-256 (hex) of the image of this number."""
        summed = hashlib.sha256(self.before)
        summed.update(self.mark(number))
        summed.update(self.after)
        return summed.hexdigest()


def original(name: str, folder: Path) -> Original:
    """The original of this name, drawn into the folder if it is not there yet."""
    path = folder / name
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        half_done = path.with_suffix(".new")
        half_done.write_bytes(_drawn(name))
        half_done.rename(path)
    return cut(name, path.read_bytes())


def cut(name: str, data: bytes) -> Original:
    """An image as Pillow wrote it, cut where the mark goes."""
    image_format = name.partition("_")[0]
    if image_format == "png":
        return Original(name, data[:_PNG_HEAD_BYTES], data[_PNG_HEAD_BYTES:])
    if image_format == "jpeg":  # behind JFIF's own segment, which must come first
        at = 4 + int.from_bytes(data[4:6], "big")
        return Original(name, data[:at], data[at:])
    at = data.rindex(_nothing())  # WebP counts its bytes in its head: the mark stands in for as many
    return Original(name, data[:at], data[at + len(_nothing()) :])


def _nothing() -> bytes:
    return b"number " + b"-" * _DIGITS


def _drawn(name: str) -> bytes:
    """Soft clouds under a fine grain, as hard to compress as photographs are."""
    image_format, _, side = name.partition("_")
    size = (int(side), int(side))
    bands = []
    for _ in range(3):
        clouds = Image.effect_noise((_CLOUDS_PX, _CLOUDS_PX), 120).resize(size, Image.Resampling.BICUBIC)
        bands.append(ImageChops.add(clouds, Image.effect_noise(size, _GRAIN), offset=-128))
    file = io.BytesIO()
    more = {"xmp": _nothing()} if image_format == "webp" else {}
    Image.merge("RGB", bands).save(file, image_format.upper(), **_SAVED[image_format], **more)
    return file.getvalue()
