"""How files of the kept formats begin. Pure.

PNG: https://www.w3.org/TR/png-3/#5PNG-file-signature; JPEG: ISO/IEC 10918-1, B.1.1.3; WebP:
https://developers.google.com/speed/webp/docs/riff_container#webp_file_header
"""

from __future__ import annotations

from typing import Final

PNG: Final = b"\x89PNG\r\n\x1a\n"
JPEG: Final = b"\xff\xd8\xff"
HEAD_BYTES: Final = 12  # what tells any of them: RIFF, size, WEBP


def is_webp(head: bytes) -> bool:
    """Whether a file that begins so claims to be a WebP."""
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def is_image(head: bytes) -> bool:
    """Whether a file that begins so claims to be of a kept format; `HEAD_BYTES` of it are enough."""
    return head.startswith((PNG, JPEG)) or is_webp(head)
