"""Reading the head of an answer: interim answers are passed over, and lines that are no fields hide no others.

`http.client` passes over 100 alone and takes 102 and 103 for the answer; and its reader of fields, made for mail,
ends the head at the first line that is no field, so that a Content-Length behind it is lost. A length that a proxy
wrote twice in one field is none to it, and it waits for more. All are mended where it reads the status line, which is
its inside: a test names it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from http.client import HTTPException, HTTPResponse, LineTooLong
from typing import Any, Final

from archive.errors import SourceTrouble
from archive.reasons import Reason

LINE_BYTES: Final = 65_536  # of one field; http.client's own bound
FIELDS: Final = 100  # the same
INTERIM_MOST: Final = 100  # answers before the answer; an origin has one or two to say
_CONTINUE, _SWITCHING, _FINAL = 100, 101, 200
_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token of RFC 9110
_END: Final = b"\r\n"


class OriginAnswer(HTTPResponse):
    """An answer whose head is read so. Lines too long or too many raise HTTPException, as ever."""

    def _read_status(self) -> tuple[str, int, str]:
        for _ in range(INTERIM_MOST):
            version, status, reason = super()._read_status()  # type: ignore[misc] # http.client's inside
            lines = list(_lines(self.fp))
            if status == _SWITCHING or not _CONTINUE <= status < _FINAL:
                self.fp: Any = _Head(cleaned(lines), self.fp)
                return version, status, reason
        raise SourceTrouble(
            Reason.SOURCE_TROUBLE, f"the answer's head has no end: {INTERIM_MOST} interim answers came"
        )


def cleaned(lines: Iterable[bytes]) -> list[bytes]:
    """The fields of a head, each on a line of its own, and the empty line at their end; what is none is left out."""
    fields: list[bytes] = []
    for line in lines:
        if line[:1] in {b" ", b"\t"}:  # an older way to go on with the field before
            if fields:
                fields[-1] += b" " + line.strip()
            continue
        name, colon, value = line.partition(b":")
        if colon and _NAME.fullmatch(name.strip()):
            fields.append(name.strip() + b": " + _once(name.strip(), value.strip()))
    return [*(field.replace(b"\r", b" ") + _END for field in fields), _END]


def _once(name: bytes, value: bytes) -> bytes:
    """The value of a field; a length that proxies joined, "5, 5", once, as RFC 9110 allows.

    https://www.rfc-editor.org/rfc/rfc9110#section-8.6
    """
    if name.lower() != b"content-length":
        return value
    lengths = {told.strip() for told in value.split(b",")}
    return lengths.pop() if len(lengths) == 1 else value


def _lines(fp: Any) -> Iterator[bytes]:
    """The lines of a head up to the empty one, without their ends."""
    for _ in range(FIELDS + 1):
        line = fp.readline(LINE_BYTES + 1)
        if len(line) > LINE_BYTES:
            raise LineTooLong("header line")
        if line in {b"\r\n", b"\n", b""}:
            return
        yield line.rstrip(b"\r\n")
    raise HTTPException(f"got more than {FIELDS} headers")


class _Head:
    """The stream of an answer, of which the head was read already: cleaned lines first, then the body as it comes."""

    def __init__(self, lines: list[bytes], fp: Any) -> None:
        self._lines, self._fp = deque(lines), fp

    def readline(self, limit: int = -1) -> bytes:
        """The next line."""
        if self._lines:
            return self._lines.popleft()
        line: bytes = self._fp.readline(limit)
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fp, name)
