"""The TCP connections, so that an answer can end in a way that HTTP has no words for."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.types import Scope

LINGER_0 = struct.pack("ii", 1, 0)  # closing throws away what is unsent and sends RST (socket(7))


class Transports:
    """The transports by the client's address and port, which ASGI tells as `client`."""

    def __init__(self) -> None:
        """Begin with none."""
        self._transports: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self) -> type[asyncio.Protocol]:
        """Return uvicorn's protocol, made to report its connections here."""
        transports = self._transports

        class ReportingProtocol(H11Protocol):
            """One connection that is known while it is open."""

            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                """Report it."""
                super().connection_made(transport)
                if self.client is not None:
                    transports[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                """Forget it."""
                if self.client is not None:
                    transports.pop(self.client, None)
                super().connection_lost(exc)

        return ReportingProtocol

    def close(self, scope: Scope) -> None:
        """End a request's connection in order, after what is written."""
        if transport := self._find(scope):
            transport.close()

    def reset(self, scope: Scope) -> None:
        """End a request's connection with a TCP reset."""
        if transport := self._find(scope):
            raw: socket.socket = transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_0)
            transport.abort()

    def _find(self, scope: Scope) -> asyncio.Transport | None:
        """Return the transport that a request came by."""
        host, port = scope["client"]
        return self._transports.get((host, port))
