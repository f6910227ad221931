"""`python -m bench.way.origin PORT FILE ASKED`: every GET is answered with the file, whatever it asks for.

In ASKED stands a line a request: the moment on the monotonic clock, and the path.

The bytes are put together once; what is left is the kernel's work, so that it takes little of the machine's
cores from those that are measured.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import TextIO, cast

import uvloop

from infra.local.ports import LOOPBACK

_END = b"\r\n\r\n"


class Origin(asyncio.Protocol):
    """One connection; requests come one after the other and have no body."""

    answer = b""
    asked: TextIO

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is no subclass of it

    def data_received(self, data: bytes) -> None:
        """Answer each header that is whole."""
        assert self._transport
        self._heard += data
        while _END in self._heard:
            head, _, self._heard = self._heard.partition(_END)
            self.asked.write(f"{time.monotonic():.6f} {head.split(b' ')[1].decode('latin-1')}\n")
            self._transport.write(self.answer)


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Origin, LOOPBACK, port)
    await server.serve_forever()


def main() -> None:
    """Serve until SIGTERM."""
    image = Path(sys.argv[2]).read_bytes()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: {len(image)}\r\n\r\n"
    Origin.answer = head.encode() + image
    with Path(sys.argv[3]).open("w", encoding="utf-8", buffering=1) as Origin.asked:
        uvloop.run(_serve(int(sys.argv[1])))


if __name__ == "__main__":
    main()
