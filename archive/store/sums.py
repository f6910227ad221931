"""The sums by which bytes are known, and by which a store sees that they came as they were sent."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path


def digest(body: bytes | Path) -> str:
    """The SHA-256 (hex) of bytes or of a file."""
    return _sum(body, "sha256").hex()


def sha256_header(sha256: str) -> str:
    """A SHA-256 (hex) as x-amz-checksum-sha256 tells it."""
    return base64.b64encode(bytes.fromhex(sha256)).decode()


def md5_header(body: bytes | Path) -> str:
    """The MD5 of bytes or of a file as Content-MD5 tells it: https://www.rfc-editor.org/rfc/rfc1864."""
    return base64.b64encode(_sum(body, "md5")).decode()


def _sum(body: bytes | Path, kind: str) -> bytes:
    # MD5 stands for nothing here but bytes that were damaged on their way.
    if isinstance(body, bytes):
        return hashlib.new(kind, body, usedforsecurity=False).digest()
    with body.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False)).digest()
