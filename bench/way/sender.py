"""Callbacks as a provider sends them: over TLS, a connection of its own for each.

The clock begins before the connection does, so that the TLS handshake, whose first byte is the callback's
first, counts too. At a given rate it begins at the moment that the rate says, whether we were late or not.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.errors import BenchError
from infra.local.ports import LOOPBACK

_ANSWER_S = 15.0


@dataclass(frozen=True)
class Callback:
    """What is sent for a task, `after_s` from the beginning."""

    task_id: str
    body: bytes
    after_s: float = 0.0


@dataclass(frozen=True)
class Sent:
    """When its first byte left, and when the 202 was there, on the monotonic clock."""

    task_id: str
    began_s: float
    answered_s: float


class Sender:
    """Sends to one door."""

    def __init__(self, port: int, path: str, tls: ssl.SSLContext) -> None:
        self._port, self._path, self._tls = port, path, tls

    def send(self, callbacks: Sequence[Callback]) -> list[Sent]:
        """Send them, each at its time. Raises BenchError if one is not acknowledged."""
        return asyncio.run(self._all(callbacks))

    async def _all(self, callbacks: Sequence[Callback]) -> list[Sent]:
        began_s = time.monotonic()
        return list(await asyncio.gather(*(self._one(each, began_s + each.after_s) for each in callbacks)))

    async def _one(self, callback: Callback, at_s: float) -> Sent:
        await asyncio.sleep(max(0.0, at_s - time.monotonic()))
        async with asyncio.timeout(_ANSWER_S):
            reader, writer = await asyncio.open_connection(LOOPBACK, self._port, ssl=self._tls)
            head = (
                f"POST {self._path} HTTP/1.1\r\nHost: {LOOPBACK}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(callback.body)}\r\nConnection: close\r\n\r\n"
            )
            writer.write(head.encode() + callback.body)
            status = await reader.readline()
            answered_s = time.monotonic()
            writer.close()
            with contextlib.suppress(OSError):  # a door that is gone has closed it as well
                await writer.wait_closed()
        if b" 202 " not in status:
            raise BenchError(f"A callback was not acknowledged: {status.decode().strip()}")
        return Sent(callback.task_id, at_s, answered_s)
