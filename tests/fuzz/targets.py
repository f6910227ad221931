"""What is fuzzed: each target takes any bytes, and raises only where the code is wrong."""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from archive.errors import Damaged, Unreadable
from archive.records.notification import Notification
from archive.signatures import JPEG, PNG
from providers.reading.content_coding import INFLATED_MAX_BYTES, plain
from providers.registry import PROVIDERS
from workers.decoding import jpeg, png, webp

PAYLOADS: Final = Path(__file__).resolve().parents[1] / "payloads"


class Target(NamedTuple):
    """What takes the bytes, and where it may begin."""

    take: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]


def readers(body: bytes) -> None:
    """Every reader reads a callback, or refuses it by name; what is read can be kept."""
    for provider in PROVIDERS.values():
        told = provider.read_task_id(body)
        with suppress(Unreadable):
            notification = provider.read(body)
            assert notification.task_id == told
            assert notification == Notification.from_json(notification.to_json())
        with suppress(Unreadable):
            provider.read_order(body)


def codings(data: bytes) -> None:
    """A body's coding, which the first byte chooses, is undone within its bound, or refused by name."""
    named = ("gzip", "deflate", "gzip, gzip", "utf-8", None)[data[0] % 5 if data else 0]
    with suppress(Unreadable):
        assert len(plain(data[1:], named).body) <= max(INFLATED_MAX_BYTES, len(data))


def png_walk(data: bytes) -> None:
    """The walk says what a file is, or why it is none. Behind one byte, the CRCs are put right first."""
    if data[:1] == b"\x01":
        data = PNG + _chunks(data[1:])
    with suppress(Damaged):
        found = png.walk(io.BytesIO(data))
        promised = sum(rows * stride for rows, stride in found.header.passes())
        assert promised <= 1032 * len(data)  # deflate makes at most so much of a byte
        assert 0 <= found.trailing_bytes < len(data)


def outlines(data: bytes) -> None:
    """The outlines of JPEG and WebP tell where a file ends, or that it does not."""
    with suppress(Damaged):
        assert 0 <= jpeg.outline(JPEG + data).trailing_bytes <= len(data)
    with suppress(Damaged):
        found = webp.outline(b"RIFF" + data[:4].ljust(4, b"\0") + b"WEBP" + data[4:])
        assert 0 <= found.trailing_bytes <= len(data) + 4
        assert found.frames >= 1


def _chunks(data: bytes) -> bytes:
    """Chunks with right lengths and CRCs: each from a byte of length, four of name, and its content."""
    made, at = [], 0
    while at + 5 <= len(data):
        kind, content = data[at + 1 : at + 5], data[at + 5 : at + 5 + data[at]]
        made.append(struct.pack(">I", len(content)) + kind + content)
        made.append(struct.pack(">I", zlib.crc32(kind + content)))
        at += 5 + data[at]
    return b"".join(made)


def _payloads() -> list[bytes]:
    return [path.read_bytes() for path in sorted(PAYLOADS.rglob("*.json"))]


def _codings() -> list[bytes]:
    body = b'{"id": "task-1", "status": "failed"}'
    packed = [gzip.compress(body, mtime=0), zlib.compress(body), zlib.compress(body)[2:-4], body]
    return [bytes([place]) + each for place in range(5) for each in packed]


def _pngs() -> list[bytes]:
    head = struct.pack(">IIBBBBB", 3, 2, 8, 2, 0, 0, 0)
    packed = zlib.compress(bytes(20))
    loose = b"".join(
        bytes([len(content)]) + kind + content
        for kind, content in ((b"IHDR", head), (b"tEXt", b"a\0b"), (b"IDAT", packed), (b"IEND", b""))
    )
    return [b"\x01" + loose, PNG + _chunks(loose)]


def _outlines() -> list[bytes]:
    scan = b"\xff\xe0\x00\x04ab\xff\xda\x00\x02entropy\xff\x00\xff\xd0more\xff\xd9"
    return [scan, struct.pack("<I", 22) + b"VP8L" + struct.pack("<I", 10) + b"\x2f" + bytes(9)]


TARGETS: Final = {
    "readers": Target(readers, _payloads),
    "codings": Target(codings, _codings),
    "png": Target(png_walk, _pngs),
    "outlines": Target(outlines, _outlines),
}
