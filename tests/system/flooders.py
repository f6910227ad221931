"""Clients that send bodies in frames of one byte as fast as they are let, in a process of their own.

    python -m tests.system.flooders <port> <ca file> <path> <how many>

"ready" is printed once all have sent a first piece, and on SIGTERM how many connections there were and how much they
sent. On another machine their own work would cost the receiver nothing; here they stand back for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import ssl
import sys

PIECE = b"1\r\n{\r\n" * 5_000
NICE = 5
AGAIN_S = 0.05


class Flooders:
    """So many connections, each opened anew when the other side ends it."""

    def __init__(self, port: int, trust: ssl.SSLContext, path: str, wanted: int) -> None:
        self._port, self._trust, self._wanted = port, trust, wanted
        self._head = f"POST {path} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        self.opened = self.sent_bytes = 0
        self.all_sent = asyncio.Event()

    async def stay(self) -> None:
        """One connection after the other, for ever."""
        while True:
            with contextlib.suppress(OSError, ssl.SSLError):
                await self._once()
            await asyncio.sleep(AGAIN_S)

    async def _once(self) -> None:
        _, writer = await asyncio.open_connection(
            "127.0.0.1", self._port, ssl=self._trust, server_hostname="127.0.0.1"
        )
        try:
            writer.write(self._head)
            self.opened += 1
            while True:
                writer.write(PIECE)
                await writer.drain()
                self.sent_bytes += len(PIECE)
                if self.opened >= self._wanted:
                    self.all_sent.set()
        finally:
            writer.transport.abort()


async def main(port: int, authority: str, path: str, count: int) -> None:
    """Send until SIGTERM."""
    os.nice(NICE)
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    flooders = Flooders(port, ssl.create_default_context(cafile=authority), path, count)
    tasks = [asyncio.create_task(flooders.stay()) for _ in range(count)]
    await flooders.all_sent.wait()
    _say("ready")
    await over.wait()
    for task in tasks:
        task.cancel()
    _say(json.dumps({"opened": flooders.opened, "sent_bytes": flooders.sent_bytes}))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])))
