"""What is no kept image is called by its name."""

from __future__ import annotations

from tests.unit.workers.decoding.pictures import drawn
from workers.decoding.looks import like

NAMES = {
    "HTML": [b"<!DOCTYPE html>", b"\xef\xbb\xbf\n<HTML>", b"<!-- x --><html>", b"<br />\n<b>Warning</b>"],
    "SVG": [b"<svg/>", b'<?xml version="1.0"?><svg>', b"\n<!-- c --><svg>"],
    "XML": [b"<Error><Code>AccessDenied</Code></Error>"],
    "JSON": [b' {"error": 1}', b"[]"],
    "BMP": [b"BM\x36\0\0\0\0\0\0\0\x36"],
    "text": [b"BMP is a format", "Ошибка".encode(), ("a" * 511 + "ü").encode(), b"\xff\xfe<\0h\0"],
    "AVIF": [b"\0\0\0\x20ftypavif"],
    "a video": [b"\0\0\0\x20ftypisom", b"RIFF\0\0\0\0AVI ", b"\x1aE\xdf\xa3"],
    "audio": [b"RIFF\0\0\0\0WAVE", b"ID3\4", b"OggS"],
    "JPEG 2000": [b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"],
    "JPEG XL": [b"\xff\x0a\1", b"\0\0\0\x0cJXL \r\n\x87\n"],
    "Zstandard": [b"\x28\xb5\x2f\xfd\1"],
    "a data: URI": [b"data:image/png;base64,iVBORw0KGgo="],
    "an image in base64": [b"iVBORw0KGgoAAAANSUhEUg", b"/9j/4AAQSkZJRg"],
    "a body of several parts": [b"--b\r\nContent-Type: image/png\r\n\r\n\x89PNG"],
    "a PNG whose line ends were changed": [drawn("PNG").replace(b"\r\n", b"\n")],
    "a PNG that was encoded as text": [drawn("PNG").decode("latin-1").encode(), b"\xef\xbf\xbdPNG"],
}


def test_each_is_called_by_its_name() -> None:
    for name, beginnings in NAMES.items():
        assert [like(data) for data in beginnings] == [f"it looks like {name}"] * len(beginnings)
    assert [like(b""), like(bytes(9)), like(b"\x00\x9f\x92")] == [
        "the file is empty",
        "zeros alone",
        "unknown bytes",
    ]
