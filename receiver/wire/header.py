"""The header of a request: its line and its fields, and not a byte after them.

Where a header ends is seen before it is read: at its first empty line. httptools is then given that much and no
more, so it can have no opinion of its own on what follows. It has several: of a request with `Upgrade` it skips the
body (https://github.com/MagicStack/httptools/issues/124), and a line without a version is HTTP/0.9 to it, ended by a
bare line feed (https://github.com/nodejs/llhttp/issues/877).

What two readers of HTTP may read differently is refused before it is read: a proxy before us may have read it in the
other way. `Upgrade` is ignored, as https://www.rfc-editor.org/rfc/rfc9110#section-7.8 allows.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

import httptools

from receiver.refusal import NotTaken
from receiver.wire.framing import OLD, Framing, framing_of

# What common servers take for all fields together (nginx: 32 KiB) and for their number (Apache: 100).
HEADER_MAX_BYTES = 32_768
HEADER_MAX_FIELDS = 100
# No path of ours is so long; decoding one is the dearest thing that a stranger can ask for with a header.
PATH_MAX_CHARACTERS = 2_048
END = b"\r\n\r\n"

_LINE = re.compile(rb"\A([A-Z-]+) [\x21-\x7e]+ HTTP/(1\.[01])\r\n")
_NO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# All that a field may have; a control character, NUL among them, is read by each reader in its own way:
# https://www.rfc-editor.org/rfc/rfc9110#section-5.5
_ALLOWED = bytes([*b"\t\r\n", *range(0x20, 0x7F), *range(0x80, 0x100)])
# The fields that say where the body ends, and whether anything comes after it.
_LENGTH, _CODING, _CONNECTION, _EXPECT = b"content-length", b"transfer-encoding", b"connection", b"expect"

Field = tuple[bytes, bytes]


class Header(NamedTuple):
    """What a request says of itself; names of fields in lower case, values without the white space around them."""

    method: str
    version: str
    path: str
    raw_path: bytes
    query: bytes
    fields: list[Field]
    framing: Framing
    # Whether the client would go on after the answer, and whether it waits to be asked for its body.
    stays: bool
    waits: bool


def read_header(raw: bytes) -> Header:
    """The header that these bytes are, their last four being its end.

    Raises:
        NotTaken: 431 if it is too long, 400 for anything that is not plainly a header of HTTP/1.1 or 1.0, or that
            leaves in doubt where the body ends.
    """
    lines = raw.count(b"\r\n")
    # Two lines are no field: that of the request, and the empty one.
    if len(raw) > HEADER_MAX_BYTES or lines > HEADER_MAX_FIELDS + 2:
        raise NotTaken(431, "the header is too long")
    line = _LINE.match(raw)
    if line is None:
        raise NotTaken(400, "the first line is no request of HTTP/1.1")
    if not lines == raw.count(b"\n") == raw.count(b"\r"):
        raise NotTaken(400, "a line of the header ends in half a line break")
    if b"\n " in raw or b"\n\t" in raw:
        raise NotTaken(400, "a field of the header is folded")
    if raw.translate(None, _ALLOWED):
        raise NotTaken(400, "the header has a control character")
    target, fields = _parsed(raw)
    told: dict[bytes, list[bytes]] = {_LENGTH: [], _CODING: [], _CONNECTION: [], _EXPECT: []}
    for name, value in fields:
        if name in told:
            told[name].append(value)
    version = line[2].decode()
    return Header(
        line[1].decode(),
        version,
        *_read_target(target),
        fields,
        framing_of(version, told[_LENGTH], told[_CODING]),
        version != OLD and not _says(told[_CONNECTION], b"close"),
        version != OLD and _says(told[_EXPECT], b"100-continue"),
    )


class _Heard:
    """What httptools calls while it reads a header."""

    __slots__ = ("fields", "target", "whole")

    def __init__(self) -> None:
        self.target, self.fields, self.whole = b"", list[Field](), False

    def on_url(self, part: bytes) -> None:
        self.target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        # It leaves the white space after a value where it is.
        self.fields.append((name.lower(), value.strip(b" \t")))

    def on_headers_complete(self) -> None:
        self.whole = True


def _parsed(raw: bytes) -> tuple[bytes, list[Field]]:
    """The target and the fields. A parser reads one header and is thrown away, whatever it expects to come next."""
    heard = _Heard()
    try:
        httptools.HttpRequestParser(heard).feed_data(raw)
    except httptools.HttpParserUpgrade:
        pass  # the client offers to speak another protocol from here on; we go on speaking this one
    except httptools.HttpParserError as error:
        raise NotTaken(400, f"the header cannot be read: {error}") from error
    if not heard.whole:
        raise NotTaken(400, "the header cannot be read")
    return heard.target, heard.fields


def _read_target(target: bytes) -> tuple[str, bytes, bytes]:
    """Path, raw path and query of an origin or absolute form; of the latter, the host is not looked at."""
    try:
        parsed = httptools.parse_url(target)
    except httptools.HttpParserInvalidURLError as error:
        raise NotTaken(400, "the target of the request cannot be read") from error
    raw_path = parsed.path or b"/"
    return _decoded(raw_path.decode("ascii")), raw_path, parsed.query or b""


def _decoded(path: str) -> str:
    """A path without its percent-encoding; one that is none of ours is left as it is, and leads nowhere."""
    if "%" not in path or len(path) > PATH_MAX_CHARACTERS or _NO_ESCAPE.search(path):
        return path
    return unquote(path)


def _says(values: list[bytes], word: bytes) -> bool:
    """Whether a word stands in the lists that these values are, in whatever case; white space is of no account."""
    if not values:
        return False
    told = b",".join(values).lower().translate(None, b" \t")
    return b",%b," % word in b",%b," % told
