"""uvicorn, stopped without cutting anybody off.

uvicorn closes idle connections the moment it stops; a provider that had just opened one, or was about to use
one again, would find it closed. Here the door stays open for who is inside already, for a moment, and every
answer says that the connection ends. Who knocks meanwhile waits in the listening socket's queue for the next
process (systemd's socket, or the local stack's), or is refused where nobody holds that socket.

Its doorway and its protocol are ours, so that connections and what they may cost are bounded.
"""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import sys
import time
from collections.abc import Mapping

import uvicorn

from receiver.wire.doorway import Doorway
from receiver.wire.guests import Guest, Guests
from receiver.wire.protocol import BoundedProtocol, ConnectionLimits
from runtime.proxies import Proxies

# SIGTERM to exit takes less than 5 s: one for who is inside, one for answers under way, two for the inbox.
GRACE_S = 1.0
DRAIN_S = 1
_LOOK_S = 0.02
_FIRST_HANDED_OVER = 3  # SD_LISTEN_FDS_START
# Files, S3, Redis and the event loop's own: what must be left when every guest is here.
DESCRIPTORS_KEPT = 64


class DrainingServer(uvicorn.Server):
    """A server that lets no more in than it can hold, and lets who is inside finish."""

    def __init__(
        self, config: uvicorn.Config, guests: Guests, proxies: Proxies, limits: ConnectionLimits
    ) -> None:
        super().__init__(config)
        self._guests, self._proxies, self._limits = guests, proxies, limits

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open a doorway at each socket; there is always one, handed over or bound."""
        assert sockets
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            sys.exit(uvicorn.config.STARTUP_FAILURE)
        self.servers = [
            Doorway(  # type: ignore[misc]  # of a server, uvicorn uses close and wait_closed
                listener,
                self._guests,
                self._proxies,
                self._welcome,
                tls=self.config.ssl,
                handshake_s=self._limits.header_s,
                backlog=self.config.backlog,
            )
            for listener in sockets
        ]
        self.started = True

    def _welcome(self, guest: Guest) -> BoundedProtocol:
        return BoundedProtocol(
            self.config,
            self.server_state,
            self.lifespan.state,
            guest=guest,
            guests=self._guests,
            limits=self._limits,
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, answer who is inside, then stop as uvicorn does."""
        for server in self.servers:
            server.close()
        for handed in sockets or []:
            handed.close()
        self.server_state.default_headers.append((b"connection", b"close"))
        ends = time.monotonic() + GRACE_S
        while len(self._guests) and time.monotonic() < ends:  # noqa: ASYNC110 - nothing to wait on
            await asyncio.sleep(_LOOK_S)
        await super().shutdown(sockets)


def sockets_for(most: int) -> int:
    """How many connections the process may hold: what is wanted, if the system lets it have so many files."""
    files, ceiling = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most + DESCRIPTORS_KEPT
    if files < wanted and files != resource.RLIM_INFINITY:
        files = wanted if ceiling == resource.RLIM_INFINITY else min(wanted, ceiling)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, ceiling))
        return min(most, files - DESCRIPTORS_KEPT)
    return most


def handed_over(environment: Mapping[str, str]) -> list[socket.socket] | None:
    """The listening socket that the service manager hands over, so that a restart refuses nobody.

    https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html
    """
    if environment.get("LISTEN_PID") != str(os.getpid()) or environment.get("LISTEN_FDS") != "1":
        return None
    return [socket.socket(fileno=_FIRST_HANDED_OVER)]
