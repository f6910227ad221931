"""What a body is beneath its `Content-Encoding`: gzip and deflate undone, within a bound.

    gzip, x-gzip, deflate, also several    undone
    identity, or none                      as it is
    utf-8, or any other word               as it is, where it looks like text
    one of the first over plain text       as it is; and what begins as gzip or zlib is undone, whatever is said of it

https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1 has the codings. Brotli and Zstandard are not undone: nobody was
seen to send them uninvited, and each would be one more decoder in C for strangers' bytes.
"""

from __future__ import annotations

import json
import zlib
from typing import NamedTuple

from archive.errors import Unreadable
from archive.reasons import Reason
from archive.records.notification import Forgiven

# As much as a plain body may have at the door.
INFLATED_MAX_BYTES = 1_048_576
# JSON with a thousand links of one length comes to a hundred; deflate cannot do more than 1,032.
INFLATED_MOST_TIMES = 500
# Codings one within the other, and members of one gzip file: honest senders have one of each.
LAYERS_MOST = 3
MEMBERS_MOST = 16

_NONE = frozenset({"identity"})
_UNDONE = frozenset({"gzip", "x-gzip", "deflate"})
_GZIP_MAGIC = b"\x1f\x8b\x08"
_HEAD_BYTES = 64
_CHARACTER_MAX_BYTES = 4  # of UTF-8: so many characters at the end of a head may be cut ones
_JSON_BEGINS = '{["'
# What zlib calls that which is wrapped around deflate: https://docs.python.org/3/library/zlib.html#zlib.decompress
_GZIP, _ZLIB, _RAW = 31, 15, -15


class Plain(NamedTuple):
    """A body without its codings, and what was forgiven."""

    body: bytes
    forgave: tuple[Forgiven, ...]


def plain(body: bytes, content_encoding: str | None) -> Plain:
    """A body as it was before it was encoded.

    Raises:
        Unreadable: `bad_encoding`, where it is damaged, inflates beyond the bound, or is in a coding that is not
            undone here.
    """
    words = [word.strip().lower() for word in (content_encoding or "").split(",")]
    named = [word for word in words if word and word not in _NONE]
    found = body
    for _ in range(LAYERS_MOST):
        wrapper = _wrapper(found, named)
        if wrapper is None:
            break
        found = _inflated(found, wrapper)
        named = named[:-1]  # what was applied last stands last
    if found.startswith(_GZIP_MAGIC):
        raise _refused(f"is compressed more than {LAYERS_MOST} times")
    strange = [word for word in named if word not in _UNDONE]
    if strange and found is body and not _looks_plain(body):
        raise _refused(f"is in {', '.join(strange)[:100]!r}, which is not undone here")
    as_said = found is body and [word for word in words if word] in ([], ["identity"])
    return Plain(found, () if as_said else ("content_encoding",))


def _wrapper(body: bytes, named: list[str]) -> int | None:
    """What is wrapped around the body, by its bytes; None where nothing is."""
    if body.startswith(_GZIP_MAGIC):
        return _GZIP
    if _looks_plain(body):
        return None
    # https://www.rfc-editor.org/rfc/rfc1950#section-2.2: method 8, and a check over both bytes.
    if body[:1] and body[0] & 0x0F == 8 and int.from_bytes(body[:2]) % 31 == 0:  # noqa: PLR2004 - of the RFC
        return _ZLIB
    # Some senders of "deflate" leave zlib's head away, and so may we.
    return _RAW if named and named[-1] == "deflate" else None


def _inflated(body: bytes, wrapper: int) -> bytes:
    """What is compressed, all members of it. Raises Unreadable."""
    most = min(INFLATED_MAX_BYTES, INFLATED_MOST_TIMES * len(body))
    found = bytearray()
    left = body
    for _ in range(MEMBERS_MOST):
        undo = zlib.decompressobj(wrapper)
        try:
            found += undo.decompress(left, most + 1 - len(found))
        except zlib.error as error:
            raise _refused("is damaged") from error
        if len(found) > most:
            raise _refused(f"inflates from {len(body)} to more than {most} bytes")
        if not undo.eof:
            raise _refused("is cut off")
        left = undo.unused_data.lstrip(b"\x00\r\n")
        if not left:
            return bytes(found)
        if wrapper != _GZIP or not left.startswith(_GZIP_MAGIC):
            raise _refused("has other bytes behind what is compressed")
    raise _refused(f"has more than {MEMBERS_MOST} members")


def _looks_plain(body: bytes) -> bool:
    """Whether a body begins as JSON does, or with nothing but printable text."""
    head = body[:_HEAD_BYTES]
    text = head.decode(json.detect_encoding(head), "replace").lstrip("\ufeff \t\r\n")
    if text[:1] and text[0] in _JSON_BEGINS:
        return True
    whole = text[:-_CHARACTER_MAX_BYTES] if len(body) > _HEAD_BYTES else text
    return all(each.isprintable() or each.isspace() for each in whole) and "\ufffd" not in whole


def _refused(what: str) -> Unreadable:
    return Unreadable(Reason.BAD_ENCODING, f"the body {what}")
