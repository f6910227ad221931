"""HTTP/1.1 as it stands on the wire: one message read whole, its bytes kept as they came."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

# Bodies are small here: callbacks of 1 KB, images of some KB, listings of a thousand keys.
_MOST_BYTES = 64 * 1024 * 1024
_NO_BODY = {"204", "304"}


@dataclass(frozen=True)
class Message:
    """A request or an answer; `raw` is all of it."""

    start: str
    headers: Mapping[str, str]
    body: bytes
    raw: bytes

    @property
    def method(self) -> str:
        """The method of a request."""
        return self.start.split(" ", 1)[0]

    @property
    def target(self) -> str:
        """The path and query of a request."""
        return self.start.split(" ")[1]

    @property
    def status(self) -> int:
        """The status of an answer."""
        return int(self.start.split(" ")[1])


def answer(status: int, reason: str, body: bytes = b"", kind: str = "text/plain") -> Message:
    """An answer of our own."""
    start = f"HTTP/1.1 {status} {reason}"
    head = f"{start}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return Message(start, {"connection": "close"}, body, head.encode() + body)


async def read_message(reader: asyncio.StreamReader, *, to: str = "") -> Message | None:
    """The next message, None at the end; `to` is the method that an answer is to.

    Raises:
        OSError, EOFError: the connection ended within a message.
    """
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as cut:
        if cut.partial:
            raise
        return None
    start, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    is_answer = start.startswith("HTTP/")
    if to == "HEAD" or (is_answer and start.split(" ")[1] in _NO_BODY):
        return Message(start, headers, b"", head)
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body, framed = await _chunks(reader)
        return Message(start, headers, body, head + framed)
    if "content-length" in headers:
        body = await reader.readexactly(min(int(headers["content-length"]), _MOST_BYTES))
    else:
        body = await reader.read(_MOST_BYTES) if is_answer else b""
    return Message(start, headers, body, head + body)


async def _chunks(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """A chunked body: what it says, and how it stood on the wire."""
    body, framed = bytearray(), bytearray()
    while True:
        line = await reader.readuntil(b"\r\n")
        framed += line
        length = int(line.split(b";")[0], 16)
        piece = await reader.readexactly(length + 2) if length else await reader.readuntil(b"\r\n")
        framed += piece
        if not length:
            return bytes(body), bytes(framed)
        body += piece[:-2]
