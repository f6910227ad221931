"""The sums by which bytes are known, and by which a store sees that they came as they were sent."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

_SHA256_BYTES = 32


class Told(NamedTuple):
    """What a store tells of an object: how long it is, and its SHA-256 (hex), empty where it knows none."""

    bytes: int
    sha256: str


def told_by(head: Mapping[str, Any]) -> Told:
    """What the answer to a HEAD tells.

    Of an object that a program copied in parts it may hold the sum of the parts' sums, which is none of the bytes:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
    """
    try:
        known = base64.b64decode(head.get("ChecksumSHA256") or "", validate=True)
    except binascii.Error:
        known = b""
    whole = len(known) == _SHA256_BYTES and head.get("ChecksumType") != "COMPOSITE"
    return Told(int(head.get("ContentLength") or 0), known.hex() if whole else "")


def summed(pieces: Iterable[bytes]) -> str:
    """The SHA-256 (hex) of bytes that come piece by piece."""
    known = hashlib.sha256()
    for piece in pieces:
        known.update(piece)
    return known.hexdigest()


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
