"""`python -m bench.hurry.drip PORT`: an origin so slow that a download holds a thread for as long as it may."""

from __future__ import annotations

import asyncio
import contextlib
import sys

import uvloop

from infra.local.ports import LOOPBACK

# It never pauses for so long that it would be given up for silence, and never ends.
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 1000000\r\n\r\n"
_EVERY_S, _BYTES = 1.0, b"\x89"


async def _drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(_HEAD)
        while not writer.is_closing():
            writer.write(_BYTES)
            await writer.drain()
            await asyncio.sleep(_EVERY_S)
    writer.close()


async def _serve(port: int) -> None:
    server = await asyncio.start_server(_drip, LOOPBACK, port)
    await server.serve_forever()


def main() -> None:
    """Serve until SIGTERM."""
    uvloop.run(_serve(int(sys.argv[1])))


if __name__ == "__main__":
    main()
