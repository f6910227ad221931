"""What bytes that are no PNG, JPEG or WebP look like, by how they begin; pure."""

from __future__ import annotations

from typing import Final

_HINT_BYTES: Final = 512
# What refused bytes often are, by how they begin; only these words of ours reach the dead letter.
_TEXTS: Final = (
    (b"<!doctype html", "HTML"), (b"<html", "HTML"), (b"<head", "HTML"), (b"<br", "HTML"), (b"<svg", "SVG"), (b"<", "XML"),
    (b"{", "JSON"), (b"[", "JSON"), (b"data:image/", "a data: URI"), (b"%pdf", "PDF"), (b"%!ps", "PostScript"),
    (b"#?radiance", "Radiance HDR"), (b"#extm3u", "a playlist"), (b"ivborw0kgg", "an image in base64"),
    (b"/9j/", "an image in base64"),
)  # fmt: skip
_BYTES: Final = (
    (b"GIF8", "GIF"), (b"PK\x03\x04", "ZIP"), (b"II*\x00", "TIFF"), (b"MM\x00*", "TIFF"), (b"\x1f\x8b", "gzip"),
    (b"\xff\x0a", "JPEG XL"), (b"\x00\x00\x00\x0cJXL ", "JPEG XL"), (b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"), (b"II\xbc\x01", "JPEG XR"), (b"qoif", "QOI"), (b"\x8aMNG", "MNG"), (b"\x8bJNG", "JNG"),
    (b"8BPS", "Photoshop"), (b"\x00\x00\x01\x00", "an icon"), (b"DDS ", "DDS"), (b"v/1\x01", "OpenEXR"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"), (b"BZh", "bzip2"), (b"\xfd7zXZ", "xz"), (b"7z\xbc\xaf", "7z"), (b"Rar!", "RAR"),
    (b"ID3", "audio"), (b"OggS", "audio"), (b"fLaC", "audio"), (b"\x1aE\xdf\xa3", "a video"),
    (b"\x89PNG", "a PNG whose line ends were changed"), (b"\xc2\x89PNG", "a PNG that was encoded as text"),
    (b"\xef\xbf\xbdPNG", "a PNG that was encoded as text"), (b"\xc3\xbf\xc3\x98", "a JPEG that was encoded as text"),
    (b"\xef\xbf\xbd\xef\xbf\xbd", "bytes that were encoded as text"), (b"\xff\xfe", "text"), (b"\xfe\xff", "text"),
)  # fmt: skip
_FTYP: Final = {b"avif": "AVIF", b"avis": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIF"}
_RIFF: Final = {b"WAVE": "audio", b"AVI ": "a video"}
_RESERVED: Final = bytes(4)  # in the head of a BMP, behind its size


def like(data: bytes) -> str:
    """In a few words of ours; what the bytes say themselves never reaches the dead letter."""
    if not data:
        return "the file is empty"
    head = data[:_HINT_BYTES]
    if not any(data):
        return "zeros alone"
    word = _of_bytes(head) or _of_text(head.removeprefix(b"\xef\xbb\xbf").lstrip().lower())
    if word is not None:
        return f"it looks like {word}"
    return "it looks like text" if _is_text(head) else "unknown bytes"


def _of_bytes(head: bytes) -> str | None:
    if head[4:8] == b"ftyp":
        return _FTYP.get(head[8:12], "a video")
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head.startswith(b"BM") and head[6:10] == _RESERVED:
        return "BMP"
    return next((word for start, word in _BYTES if head.startswith(start)), None)


def _of_text(head: bytes) -> str | None:
    word = next((word for start, word in _TEXTS if head.startswith(start)), None)
    if word in {"XML", None}:
        word = next((inner for start, inner in ((b"<html", "HTML"), (b"<svg", "SVG")) if start in head), word)
    if word is None and head.startswith(b"--") and b"content-type:" in head:
        return "a body of several parts"
    return word


def _is_text(head: bytes) -> bool:
    """Whether it is UTF-8 without controls; its last character may be cut."""
    text = head.decode("utf-8", "ignore")
    return len(text.encode()) >= len(head) - 3 and b"\x00" not in head  # a character has four bytes at most
