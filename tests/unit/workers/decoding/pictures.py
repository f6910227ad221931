"""Makers of small images, sound and damaged; every byte is written here, no decoder's taste is in it."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    """A chunk with its right length and CRC."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width: int, height: int, depth: int = 8, colour: int = 2, interlace: int = 0) -> bytes:
    """An IHDR."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))


def rows(width: int, height: int, *, bits: int = 24, filter_byte: int = 0) -> bytes:
    """Raw image data: each row its filter byte and then a pattern that does not compress to nothing."""
    stride = -(-width * bits // 8)
    return b"".join(
        bytes([filter_byte]) + bytes((7 * x + 13 * y) % 251 for x in range(stride)) for y in range(height)
    )


def interlaced_rows(width: int, height: int, *, bits: int) -> bytes:
    """The seven passes of Adam7, one behind the other."""
    return b"".join(
        rows(-(-(width - left) // across), -(-(height - top) // down), bits=bits)
        for left, top, across, down in ADAM7
        if width > left and height > top
    )


def png(
    *, head: bytes | None = None, before: bytes = b"", raw: bytes | None = None, packed: bytes | None = None,
    after: bytes = b"", end: bytes | None = None,
) -> bytes:  # fmt: skip
    """A sound PNG of 100x100, any part of it replaced."""
    packed = zlib.compress(rows(100, 100) if raw is None else raw) if packed is None else packed
    half = len(packed) // 2
    return b"".join(
        [
            SIGNATURE,
            head or header(100, 100),
            before,
            chunk(b"IDAT", packed[:half]),
            chunk(b"IDAT", packed[half:]),
            after,
            chunk(b"IEND") if end is None else end,
        ]
    )


def with_wrong_crc(sound: bytes, kind: bytes) -> bytes:
    """The same PNG with one bit turned in the CRC of the first chunk of that kind."""
    at = sound.index(kind)
    length = int.from_bytes(sound[at - 4 : at], "big")
    broken = bytearray(sound)
    broken[at + 4 + length] ^= 1
    return bytes(broken)


def drawn(kind: str, size: tuple[int, int] = (64, 48), *, frames: int = 1, **more: int) -> bytes:
    """An image as Pillow writes it: PNG, JPEG, WEBP or MPO; `more` goes to the writer."""
    pictures = [Image.effect_noise(size, 20 + 5 * frame).convert("RGB") for frame in range(frames)]
    file = io.BytesIO()
    if frames > 1:
        pictures[0].save(file, kind, save_all=True, append_images=pictures[1:], **more)
    else:
        pictures[0].save(file, kind, **more)
    return file.getvalue()
