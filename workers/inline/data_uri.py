"""The bytes that a `data:` URI holds, decoded in pieces: https://www.rfc-editor.org/rfc/rfc2397. Pure.

What leaves no doubt is forgiven, as browsers do (https://fetch.spec.whatwg.org/#data-urls): percent signs within base64,
white space, no padding or too much, the alphabet of base64url, parameters of any kind. What could mean other bytes is not.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final
from urllib.parse import unquote_to_bytes

# `data:`, a type, some parameters; https://www.rfc-editor.org/rfc/rfc6838 has 127 characters for a type.
HEAD_MAX_BYTES: Final = 1_024
_SPACES: Final = b" \t\r\n\v\f"
_URL_ALPHABET: Final = bytes.maketrans(b"-_", b"+/")
_QUAD: Final = 4


class NoDataUri(ValueError):
    """A text that is none, or not a whole one; what is wrong, without anything of it."""


def decoded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes of a URI whose text comes in pieces.

    Raises:
        NoDataUri: with what is wrong, perhaps after some bytes.
    """
    text = iter(pieces)
    head, rest = _head(text)
    unescaped = _unescaped(_before_fragment(chain([rest], text)))
    words = [word.strip().lower() for word in head[5:].split(b";")]
    return _of_base64(unescaped) if b"base64" in words[1:] else unescaped


def _head(text: Iterator[bytes]) -> tuple[bytes, bytes]:
    """What stands before the comma, and the first of what stands behind it."""
    came = b""
    while b"," not in came and len(came) <= HEAD_MAX_BYTES:
        piece = next(text, None)
        if piece is None:
            break
        came += piece
    head, comma, rest = came.partition(b",")
    if head[:5].lower() != b"data:":
        raise NoDataUri("it does not begin with `data:`")
    if not comma or len(head) > HEAD_MAX_BYTES:
        raise NoDataUri(f"no comma stands within its first {HEAD_MAX_BYTES} bytes")
    return head, rest


def _before_fragment(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A fragment is no part of what a URI holds."""
    for piece in pieces:
        data, hash_sign, _ = piece.partition(b"#")
        yield data
        if hash_sign:
            return


def _unescaped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Percent signs undone, also where one piece ends within %2B."""
    held = b""
    for piece in pieces:
        text = held + piece
        cut = text.rfind(b"%", max(len(text) - 2, 0))
        held = text[cut:] if cut >= 0 else b""
        yield unquote_to_bytes(text[:cut] if cut >= 0 else text)
    yield unquote_to_bytes(held)


def _of_base64(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Base64 undone, four characters at a time."""
    held, padded = b"", False
    for piece in pieces:
        text, padding, more = piece.translate(_URL_ALPHABET, _SPACES).partition(b"=")
        if more.strip(b"=") or (padded and text):
            raise NoDataUri("its base64 goes on behind its padding")
        padded = padded or bool(padding)
        text = held + text
        whole = len(text) - len(text) % _QUAD
        held = text[whole:]
        yield _bytes_in(text[:whole])
    if len(held) == 1:
        raise NoDataUri("its base64 ends within a byte")
    yield _bytes_in(held + b"=" * (-len(held) % _QUAD))


def _bytes_in(quads: bytes) -> bytes:
    try:
        return binascii.a2b_base64(quads, strict_mode=True)
    except binascii.Error as error:
        raise NoDataUri("its base64 holds other characters") from error
