"""The images that an answer of JSON holds as texts, written to files while the answer comes; a name stands for each in it.

An answer may hold ten images of megabytes. What is no image of it is small, and is read whole; so no answer need fit
into memory. A text is one of an image where it is long, and begins with `data:` or stands under a key that holds base64.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final
from uuid import uuid4

from archive.records.inline import SCHEME, inline_name

# A shorter text stays in the answer: whoever reads it finds a `data:` URI there.
LONG_BYTES: Final = 4_096
# Of one text: one byte more in base64 than an image may have decoded (52,428,800) is in it, so that it is seen to be too large.
TEXT_MAX_BYTES: Final = 71_303_168
_ENDS: Final = re.compile(rb'["\\]')
_ESCAPE: Final = re.compile(rb"\\(?:u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_BASE64: Final = b"data:;base64,"
_HEAD_BYTES: Final = 160
_UNESCAPED: Final = {b"/": b"/", b'"': b'"', b"\\": b"\\", b"n": b"\n", b"r": b"\r", b"t": b"\t"}


@dataclass
class _Spilled:
    """A text that is written to a file."""

    path: Path
    file: BinaryIO
    head: bytes = b""
    size: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def write(self, piece: bytes) -> None:
        piece = piece[: TEXT_MAX_BYTES - self.size]
        self.size += len(piece)
        self.head = self.head or piece[:_HEAD_BYTES]
        self.digest.update(piece)
        self.file.write(piece)

    @property
    def name(self) -> str:
        told = inline_name(self.head.decode("latin-1")).removeprefix(SCHEME).partition(";")[0]
        return f"{SCHEME}{told};sha256={self.digest.hexdigest()}"


class LongTexts:
    """Takes an answer in pieces, once. `files` are what was written, by name, until it is closed."""

    def __init__(self, folder: Path, keys: Collection[str]) -> None:
        self._folder, self._keys = folder, {f'"{key}"'.encode() for key in keys}
        self.files: dict[str, Path] = {}
        self._string: bytearray | None = None  # the one that is being read, with its first quote
        self._passing = False  # a long one that is no image's
        self._spilled: _Spilled | None = None
        self._escape = b""
        self._last, self._key, self._between = b"", b"", b""

    def take(self, piece: bytes) -> bytes:
        """What of a piece belongs to the answer as it is read. Raises OSError."""
        out, at = bytearray(), 0
        while at < len(piece):
            if self._escape:
                at = self._take_escape(piece, at, out)
            elif self._string is None:
                at = self._take_between(piece, at, out)
            else:
                at = self._take_text(piece, at, out)
        return bytes(out)

    def close(self) -> None:
        """Remove what was written."""
        if self._spilled is not None:
            self._spilled.file.close()
            self._spilled.path.unlink(missing_ok=True)
        for path in self.files.values():
            path.unlink(missing_ok=True)

    def _take_between(self, piece: bytes, at: int, out: bytearray) -> int:
        """What stands outside of texts, up to the next one: under which key it stands follows from that."""
        found = piece.find(b'"', at)
        end = len(piece) if found < 0 else found
        out += piece[at:end]
        self._between = (self._between + piece[at:end].translate(None, b" \t\r\n"))[:3]
        if found < 0:
            return end
        if self._between in {b":", b":["}:
            self._key = self._last
        elif self._between != b",":  # of an array: under the same key
            self._key = b""
        self._string, self._passing, self._between = bytearray(b'"'), False, b""
        return found + 1

    def _take_text(self, piece: bytes, at: int, out: bytearray) -> int:
        """What stands within a text, up to its end or an escape."""
        found = _ENDS.search(piece, at)
        end = found.start() if found else len(piece)
        self._add(piece[at:end], out)
        if found is None:
            return end
        if found[0] == b"\\":
            self._escape = b"\\"
        else:
            self._end_text(out)
        return end + 1

    def _take_escape(self, piece: bytes, at: int, out: bytearray) -> int:
        """The rest of an escape: one sign, or `u` and four."""
        self._escape += piece[at : at + 1]
        if self._escape[1:2] != b"u" or len(self._escape) == len(b"\\u0000"):
            escape, self._escape = self._escape, b""
            self._add(_unescaped(escape) if self._spilled is not None else escape, out)
        return at + 1

    def _add(self, text: bytes, out: bytearray) -> None:
        assert self._string is not None
        if self._spilled is not None:
            self._spilled.write(text)
        elif self._passing:
            out += text
        else:
            self._string += text
            if len(self._string) > LONG_BYTES:
                self._decide(out)

    def _decide(self, out: bytearray) -> None:
        """Whether a text that has become long is an image's."""
        assert self._string is not None
        is_uri = self._string[1:6].lower() == b"data:"
        if not is_uri and self._key not in self._keys:
            out += self._string
            self._passing = True
            return
        path = self._folder / uuid4().hex
        self._spilled = _Spilled(path, path.open("wb"))
        if not is_uri:
            self._spilled.write(_BASE64)
        self._spilled.write(_plain(bytes(self._string[1:])))

    def _end_text(self, out: bytearray) -> None:
        assert self._string is not None
        if self._spilled is not None:
            self._spilled.file.close()
            name, path = self._spilled.name, self._spilled.path
            if self.files.setdefault(name, path) != path:  # the same image twice
                path.unlink()
            out += f'"{name}"'.encode()
            self._last, self._spilled = b"", None
        elif self._passing:
            out += b'"'
            self._last = b""
        else:
            self._string += b'"'
            out += self._string
            self._last = bytes(self._string)
        self._string = None


def _plain(text: bytes) -> bytes:
    """A text without its escapes; each of them is whole."""
    return _ESCAPE.sub(lambda found: _unescaped(found[0]), text)


def _unescaped(escape: bytes) -> bytes:
    """What an escape stands for; one that is none stands for itself, and is seen to be no base64."""
    if escape[1:2] == b"u":
        try:
            return chr(int(escape.removeprefix(b"\\u").decode("latin-1"), 16)).encode(
                "utf-8", "surrogatepass"
            )
        except ValueError:
            return escape
    return _UNESCAPED.get(escape[1:], escape)
