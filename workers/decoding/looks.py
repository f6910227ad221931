"""What bytes that are no PNG, JPEG or WebP look like, by how they begin; pure."""

from __future__ import annotations

from typing import Final

_HINT_BYTES: Final = 512
# What refused bytes often are, by how they begin; only these words of ours reach the dead letter.
_HINTS: Final = (
    (b"<!doctype html", "HTML"), (b"<html", "HTML"), (b"<head", "HTML"), (b"<svg", "SVG"), (b"<?xml", "XML"),
    (b"{", "JSON"), (b"[", "JSON"), (b"gif8", "GIF"), (b"%pdf", "PDF"), (b"pk\x03\x04", "ZIP"), (b"bm", "BMP"),
    (b"ii*\x00", "TIFF"), (b"mm\x00*", "TIFF"), (b"\x1f\x8b", "gzip"), (b"\xff\x0a", "JPEG XL"),
)  # fmt: skip
_FTYP: Final = {b"avif": "AVIF", b"avis": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIF"}


def like(data: bytes) -> str:
    """In a few words of ours; what the bytes say themselves never reaches the dead letter."""
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
