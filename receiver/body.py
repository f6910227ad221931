"""Read the body of a request, counted while it comes."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request


class BodyRefused(Exception):
    """The body is not taken; `status` is the answer."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


async def read_body(request: Request, *, max_bytes: int, within_s: float) -> bytes:
    """The raw body.

    Raises:
        BodyRefused: 413 for more than `max_bytes`, declared or sent; 408 if it does not arrive in time.
        ClientDisconnect: if the client goes before its end.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > max_bytes:
        raise BodyRefused(413, f"the body is larger than {max_bytes} bytes")
    pieces = bytearray()
    try:
        async with asyncio.timeout(within_s):
            more = True
            while more:
                # Not `request.stream()`, whose generator costs as much as the rest of this function.
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                pieces += message.get("body", b"")
                more = message.get("more_body", False)
                if len(pieces) > max_bytes:
                    raise BodyRefused(413, f"the body is larger than {max_bytes} bytes")
    except TimeoutError:
        raise BodyRefused(408, f"the body did not arrive within {within_s:g} s") from None
    return bytes(pieces)
