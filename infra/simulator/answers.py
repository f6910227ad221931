"""Answers that misbehave: slow, cut off, stalled, reset, huge. Each ends within a bound or with its client."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from infra.simulator.connections import Transports

STALL_S = 300.0  # twice what a client may take for a whole download, and then some
SLOW_STEP_S = 0.1  # ten portions a second look like a thin line
HUGE_BYTES = 64 * 1024 * 1024  # well over the 50 MiB that a customer takes
CHUNK_BYTES = 64 * 1024
CHUNK = bytes(CHUNK_BYTES)


class SlowResponse(Response):
    """The whole body, `bytes_per_s` at a time."""

    def __init__(self, body: bytes, media_type: str, bytes_per_s: int) -> None:
        """Take the body and its pace."""
        super().__init__(body, media_type=media_type)
        self._portion_bytes = max(1, int(bytes_per_s * SLOW_STEP_S))
        self._pause_s = self._portion_bytes / bytes_per_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send portion after portion, until the end or until nobody is there."""
        body = bytes(self.body)
        await _begin(self, send)
        for start in range(0, len(body), self._portion_bytes):
            await _send(send, body[start : start + self._portion_bytes])
            if await gone_within(receive, self._pause_s):
                return
        await _send(send, b"", more=False)
        del scope


class UnfinishedResponse(Response):
    """The full length declared, half of it sent, then `silence_s` of nothing and the connection closed."""

    def __init__(self, body: bytes, media_type: str, connections: Transports, silence_s: float) -> None:
        """Take the body that is not sent whole."""
        super().__init__(body, media_type=media_type)
        self._connections = connections
        self._silence_s = silence_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send half and leave it at that."""
        await _begin(self, send)
        await _send(send, bytes(self.body)[: len(self.body) // 2])
        if not await gone_within(receive, self._silence_s):
            self._connections.close(scope)
            await gone_within(receive, STALL_S)


class ResetResponse(Response):
    """No answer: the connection is reset."""

    def __init__(self, connections: Transports) -> None:
        """Take the way to do it."""
        super().__init__()
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reset, and wait until uvicorn knows."""
        self._connections.reset(scope)
        await gone_within(receive, STALL_S)
        del send


class HugeResponse(Response):
    """An image with zeros behind it, 64 MiB in all, of undeclared length."""

    def __init__(self, body: bytes, media_type: str) -> None:
        """Take the image that it begins with."""
        super().__init__(body, media_type=media_type)
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream it, as long as somebody is there."""
        await _begin(self, send)
        await _send(send, bytes(self.body))
        for _ in range((HUGE_BYTES - len(self.body)) // CHUNK_BYTES + 1):
            await _send(send, CHUNK)
            if await gone_within(receive, 0):
                return
        await _send(send, b"", more=False)
        del scope


async def gone_within(receive: Receive, seconds: float) -> bool:
    """Wait, at most `seconds`, for the client to go; tell whether it did."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


async def _begin(response: Response, send: Send) -> None:
    """Send the status and headers."""
    await send(
        {"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers}
    )


async def _send(send: Send, body: bytes, *, more: bool = True) -> None:
    """Send a part of the body; the last one has `more` false."""
    await send({"type": "http.response.body", "body": body, "more_body": more})
