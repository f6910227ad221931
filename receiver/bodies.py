"""The bodies that are being read: each counted while it comes, and all of them together bounded.

Only whose ticket or token is right has its body read, so no stranger can fill the room. A small body needs none:
while large ones fill it, honest callbacks are taken as ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.requests import ClientDisconnect, Request

from receiver.refusal import BUSY, NotTaken
from receiver.wire.exchange import WHOLE_BODY

# Of each body so much is free: connections are bounded, and what honest callbacks send is below it.
SMALL_BODY_BYTES = 16_384
# Sixty-four of the largest bodies at the same time. Nobody holds a part of it for longer than BODY_S.
ROOM_BYTES = 67_108_864


class Bodies:
    """Reads bodies of up to `max_bytes` each, that arrive within `within_s`; all share `room_bytes`.

    `measured` is told how large each was that was read whole.
    """

    def __init__(
        self,
        *,
        max_bytes: int,
        within_s: float,
        room_bytes: int = ROOM_BYTES,
        measured: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._max_bytes, self._within_s, self._room = max_bytes, within_s, room_bytes
        self._measured = measured

    async def read(self, request: Request) -> bytes:
        """The raw body.

        Raises:
            NotTaken: 413 for more than `max_bytes`, declared or sent, 408 if it does not arrive in time, 503 while
                other bodies fill the room, 400 if its framing cannot be read.
            ClientDisconnect: if the client goes before its end.
        """
        declared = next((value for name, value in request.scope["headers"] if name == b"content-length"), b"")
        if declared.isdigit() and int(declared) > self._max_bytes:
            raise self._too_large()
        if WHOLE_BODY in request.scope.get("extensions", ()):
            return await self._whole(request)
        try:
            async with asyncio.timeout(self._within_s):
                return await self._whole(request)
        except TimeoutError:
            raise NotTaken(408, f"the body did not arrive within {self._within_s:g} s") from None

    async def _whole(self, request: Request) -> bytes:
        pieces, held = bytearray(), 0
        try:
            more = True
            while more:
                # Not `request.stream()`, whose generator costs as much as the rest of this function.
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                piece: bytes = message.get("body", b"")
                more = message.get("more_body", False)
                if len(pieces) + len(piece) > self._max_bytes:
                    raise self._too_large()
                held += self._take(len(pieces) + len(piece) - SMALL_BODY_BYTES - held)
                if not pieces and not more:
                    break  # the whole body in one piece, which need not be copied
                pieces += piece
            body = bytes(pieces) or piece
            self._measured(len(body))
            return body
        finally:
            self._room += held

    def _take(self, count: int) -> int:
        """Take so much of the room, and say how much that is."""
        if count <= 0:
            return 0
        if count > self._room:
            raise NotTaken(BUSY, "too many large bodies at the same time, try again")
        self._room -= count
        return count

    def _too_large(self) -> NotTaken:
        return NotTaken(413, f"the body is larger than {self._max_bytes} bytes")
