"""uvicorn, made to tell when it accepts connections and to end with a word of our own."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Generator

    from starlette.applications import Starlette

    from infra.simulator.connections import Transports

GRACE_S = 1  # for answers under way; the process is to be gone 2 s after the signal


class ReadyServer(uvicorn.Server):
    """A server that calls `ready` once it accepts, and takes SIGTERM and SIGINT for a plain end.

    uvicorn raises a signal again after it has shut down, so that the process dies of it; ours is
    to exit with 0.
    """

    def __init__(self, app: Starlette, connections: Transports, ready: Callable[[], None]) -> None:
        """Take the app, the connections that it breaks off, and what to do when it is ready."""
        config = uvicorn.Config(
            app,
            http=connections.protocol(),
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_S,
        )
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        self._ready()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Take both signals while it runs; a second one forces the end."""
        loop = asyncio.get_running_loop()
        ends = (signal.SIGTERM, signal.SIGINT)
        for end in ends:
            loop.add_signal_handler(end, self.handle_exit, end, None)
        try:
            yield
        finally:
            for end in ends:
                loop.remove_signal_handler(end)
