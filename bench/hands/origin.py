"""The server that images are fetched from: `python -m bench.hands.origin PORT FOLDER NAME...`.

GET /<latency in ms>/<name>/<number>.<ending>   the image of this number, its first byte so late
GET /asked                                      since this was last asked: how many were asked for at the same time, and
                                                when the first one was (the machine's monotonic clock)

It is to be cheap, since it shares the machine with what is measured: the images are in memory, connections
are kept alive, and the bytes go to the kernel as they stand.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from pathlib import Path
from typing import Final, cast

import uvloop

from bench.hands.originals import CONTENT_TYPES, Original, original

LOOPBACK: Final = "127.0.0.1"
_LATENCY_MAX_MS: Final = 1_000
_HEAD_MAX_BYTES: Final = 16_384
_PATH: Final = re.compile(rb"GET /(\d{1,4})/([a-z]+_\d+)/(\d+)\.[a-z]+ ")
_ASKED: Final = b"GET /asked "


class Shelf:
    """The originals, and how many answers are under way."""

    def __init__(self, originals: dict[bytes, Original]) -> None:
        self.originals = originals
        self._now = self._most = 0
        self._first_s = 0.0

    def begin(self) -> None:
        """Count an answer that begins."""
        self._now += 1
        self._most = max(self._most, self._now)
        self._first_s = self._first_s or time.monotonic()

    def end(self) -> None:
        """Count one that is on its way, or that nobody waits for any more."""
        self._now -= 1

    def asked(self) -> bytes:
        """The most at the same time, and when the first was asked for; both begin anew."""
        told = b"%d %f" % (self._most, self._first_s)
        self._most, self._first_s = self._now, 0.0
        return told


class Answering(asyncio.Protocol):
    """One connection: its requests, one after the other."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._head = b""
        self._waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember whom to answer."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's does not descend from it

    def connection_lost(self, _exc: Exception | None) -> None:
        """Forget an answer that nobody waits for."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._shelf.end()

    def data_received(self, data: bytes) -> None:
        """Answer when a head is whole; nobody here sends the next before it has the answer."""
        self._head += data
        if b"\r\n\r\n" not in self._head:
            if len(self._head) > _HEAD_MAX_BYTES:
                self._transport.close()
            return
        head, self._head = self._head, b""
        found = _PATH.match(head)
        image = self._shelf.originals.get(found[2]) if found else None
        if head.startswith(_ASKED):
            self._say(b"200 OK", self._shelf.asked())
        elif found is None or image is None:
            self._say(b"404 Not Found", b"")
        else:
            self._shelf.begin()
            latency_s = min(int(found[1]), _LATENCY_MAX_MS) / 1000
            if latency_s:
                loop = asyncio.get_running_loop()
                self._waiting = loop.call_later(latency_s, self._send, image, int(found[3]))
            else:
                self._send(image, int(found[3]))

    def _send(self, image: Original, number: int) -> None:
        self._waiting = None
        head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (
            CONTENT_TYPES[image.format].encode(),
            image.size_bytes,
        )
        self._transport.writelines([head, image.before, image.mark(number), image.after])
        self._shelf.end()

    def _say(self, status: bytes, body: bytes) -> None:
        self._transport.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))


async def serve(port: int, folder: Path, names: list[str]) -> None:
    """Serve until the process is ended."""
    shelf = Shelf({name.encode(): original(name, folder) for name in names})
    server = await asyncio.get_running_loop().create_server(lambda: Answering(shelf), LOOPBACK, port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
