"""Reading the head of an answer: interim answers are passed over, and lines that are no fields hide no others.

`http.client` passes over 100 alone and takes 102 and 103 for the answer; and its reader of fields, made for mail,
ends the head at the first line that is no field, so that a Content-Length behind it is lost. A length that a proxy
wrote twice in one field is none to it, and it waits for more. An empty line before the answer, `http/1.1` in small
letters and `HTTP/2`, which proxies copy from one connection to another, are no HTTP to it. All are mended where it reads the status line, which is
its inside: a test names it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from http.client import HTTPResponse
from typing import Any, Final

from archive.errors import SourceTrouble
from archive.reasons import Reason

LINE_BYTES: Final = 65_536  # of one field; http.client's own bound
FIELDS: Final = 100  # the same
INTERIM_MOST: Final = 100  # answers before the answer; an origin has one or two to say
BLANK_MOST: Final = 4  # empty lines before an answer: what an answer before it had too many
_CONTINUE, _SWITCHING, _FINAL = 100, 101, 200
_NAME: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token of RFC 9110
_VERSION: Final = re.compile(rb"http/[1-9](?:\.\d)?(?= )", re.IGNORECASE)
_END: Final = b"\r\n"


class OriginAnswer(HTTPResponse):
    """An answer whose head is read so. Lines too long or too many raise SourceTrouble."""

    def _read_status(self) -> tuple[str, int, str]:
        fp: Any = self.fp
        for _ in range(INTERIM_MOST):
            self.fp: Any = _Head([_status_line(fp)], fp)
            version, status, reason = super()._read_status()  # type: ignore[misc] # http.client's inside
            lines = list(_lines(fp))
            if status == _SWITCHING or not _CONTINUE <= status < _FINAL:
                fields = cleaned(lines)
                _refuse_two_lengths(fields)
                self.fp = _Head(fields, fp)
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


def _refuse_two_lengths(fields: list[bytes]) -> None:
    """Here, and not by urllib3, which would leave the answer open. Where chunks tell the end, no length does."""
    told = [field.lower().split(b":", 1) for field in fields if b":" in field]
    if any(name == b"transfer-encoding" and b"chunked" in value for name, value in told):
        return
    lengths = b",".join(value for name, value in told if name == b"content-length").split(b",")
    if len({int(length) for length in lengths if length.strip().isdigit()}) > 1:
        raise SourceTrouble(Reason.SOURCE_TROUBLE, "the answer tells two lengths")


def _once(name: bytes, value: bytes) -> bytes:
    """The value of a field; a length that proxies joined, "5, 5", once, as RFC 9110 allows.

    https://www.rfc-editor.org/rfc/rfc9110#section-8.6
    """
    if name.lower() != b"content-length":
        return value
    lengths = {told.strip() for told in value.split(b",")}
    return lengths.pop() if len(lengths) == 1 else value


def _status_line(fp: Any) -> bytes:
    """The first line that is not empty, with a version that http.client reads."""
    line: bytes = b""
    for _ in range(BLANK_MOST + 1):
        line = fp.readline(LINE_BYTES + 1)
        if line not in {b"\r\n", b"\n"}:
            break
    told = _VERSION.match(line)
    if told is None:
        return line
    return (b"HTTP/1.0" if told[0].endswith(b"1.0") else b"HTTP/1.1") + line[told.end() :]


def _lines(fp: Any) -> Iterator[bytes]:
    """The lines of a head up to the empty one, without their ends."""
    for _ in range(FIELDS + 1):
        line = fp.readline(LINE_BYTES + 1)
        if len(line) > LINE_BYTES:
            raise _too_much(f"a line of more than {LINE_BYTES} bytes")
        if line in {b"\r\n", b"\n", b""}:
            return
        yield line.rstrip(b"\r\n")
    raise _too_much(f"more than {FIELDS} lines")


def _too_much(what: str) -> SourceTrouble:
    return SourceTrouble(Reason.SOURCE_TROUBLE, f"the answer's head has {what}, which is not read")


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
