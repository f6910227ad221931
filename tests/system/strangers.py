"""Clients that are slow on purpose, in a process of their own, so that they cost the honest ones no time.

    python -m tests.system.strangers <port> <ca file> <path of a good callback URL> <how many>

Each connection is of one kind; when the other side closes it, it is opened anew. "ready" is printed once that all
stand for the first time, and on SIGTERM how long the longest of each kind lived.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import ssl
import sys
import time

DRIP_S = 0.5
# 250 connections of one client are let in: they come from as many addresses as they need.
SOURCES = 5
HALF_HELLO = bytes.fromhex("16030100c8010000c4")


class Strangers:
    """So many slow connections, of all kinds alike."""

    def __init__(self, port: int, trust: ssl.SSLContext, path: str, wanted: int) -> None:
        self._port, self._trust = port, trust
        host = b"Host: h\r\n"
        # What is sent first, whether over TLS, and what drips then.
        self._kinds: dict[str, tuple[bytes, bool, bytes]] = {
            "silent": (b"", False, b""),
            "half a hello": (HALF_HELLO, False, b""),
            "tls and silent": (b"", True, b""),
            "header": (b"POST / HTTP/1.1\r\nX: ", True, b"x"),
            "body": (
                b"POST %s HTTP/1.1\r\n%sContent-Length: 1000\r\n\r\n" % (path.encode(), host),
                True,
                b"x",
            ),
            "line breaks": (b"GET /livez HTTP/1.1\r\n%s\r\n" % host, True, b"\r\n"),
            "pipelined": (b"GET /livez HTTP/1.1\r\n%s\r\n" % host * 8, True, b"G"),
        }
        self.longest_s = dict.fromkeys(self._kinds, 0.0)
        self.opened = 0
        self.all_stand = asyncio.Event()
        self._wanted = wanted

    async def stay(self, place: int) -> None:
        """One connection after the other, for ever."""
        kind = list(self._kinds)[place % len(self._kinds)]
        while True:
            with contextlib.suppress(OSError, ssl.SSLError):
                began = await self._once(kind, f"127.0.3.{1 + place % SOURCES}")
                self.longest_s[kind] = max(self.longest_s[kind], time.monotonic() - began)
            await asyncio.sleep(DRIP_S)

    async def _once(self, kind: str, source: str) -> float:
        first, tls, drip = self._kinds[kind]
        began = time.monotonic()
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self._port, local_addr=(source, 0), ssl=self._trust if tls else None,
            server_hostname="127.0.0.1" if tls else None,
        )  # fmt: skip
        self.opened += 1
        if self.opened >= self._wanted:
            self.all_stand.set()
        try:
            writer.write(first)
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(DRIP_S):
                        if not await reader.read(65_536):
                            return began
                    continue
                writer.write(drip)
                await writer.drain()
        except (OSError, ssl.SSLError):
            return began
        finally:
            writer.transport.abort()


async def main(port: int, authority: str, path: str, count: int) -> None:
    """Hold them until SIGTERM."""
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    strangers = Strangers(port, ssl.create_default_context(cafile=authority), path, count)
    tasks = [asyncio.create_task(strangers.stay(place)) for place in range(count)]
    await strangers.all_stand.wait()
    _say("ready")
    await over.wait()
    for task in tasks:
        task.cancel()
    _say(json.dumps({"opened": strangers.opened, "longest_s": strangers.longest_s}))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])))
