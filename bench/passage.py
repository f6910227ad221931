"""One connection through a proxy of the bench: bytes go on as they come, unread.

client -> asked -> server         a proxy overrides `asked` and `answered` to look, or to hold back
client <- answered <- server
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from infra.local.ports import LOOPBACK

_BACKLOG = 512


class Passage(asyncio.Protocol):
    """The client's side; the server's side is a connection of its own, made immediately."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._client: asyncio.Transport | None = None
        self._server: asyncio.Transport | None = None
        self._early: list[bytes] = []
        # The loop refers to its tasks weakly.
        self._connecting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connect to the server."""
        self._client = cast("asyncio.Transport", transport)  # uvloop's own is no subclass of it
        self._connecting = asyncio.get_running_loop().create_task(self._connect())

    def data_received(self, data: bytes) -> None:
        """Pass on what the client sends."""
        self.asked(data)
        if self._server:
            self._server.write(data)
        else:
            self._early.append(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's own signature
        """End the other side too."""
        if self._server:
            self._server.close()

    def asked(self, data: bytes) -> None:
        """The client has sent this."""

    def answered(self, data: bytes) -> None:
        """The server has sent this."""
        self.pass_back(data)

    def pass_back(self, data: bytes) -> None:
        """Send this to the client."""
        if self._client and not self._client.is_closing():
            self._client.write(data)

    def ended(self) -> None:
        """The server has ended the connection."""
        if self._client:
            self._client.close()

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            self._server, _ = await loop.create_connection(lambda: _Beyond(self), LOOPBACK, self._to_port)
        except OSError:
            self.ended()
            return
        for data in self._early:
            self._server.write(data)


class _Beyond(asyncio.Protocol):
    """The server's side."""

    def __init__(self, passage: Passage) -> None:
        self._passage = passage

    def data_received(self, data: bytes) -> None:
        """Pass back what the server sends."""
        self._passage.answered(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's own signature
        """End the client's side."""
        self._passage.ended()


async def serve(port: int, passage: Callable[[], Passage]) -> None:
    """Pass connections on for as long as the process lives."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(passage, LOOPBACK, port, backlog=_BACKLOG)
    await server.serve_forever()
