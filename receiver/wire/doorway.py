"""The accepting end of a listening socket: each connection is counted before anything is read of it.

uvicorn's own way (`loop.create_server`) tells of a connection only after its TLS handshake, for which it allows
60 s: a thousand silent connections would be a thousand sockets that nobody counts.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable

from receiver.client_network import network_of
from receiver.wire.guests import Guest, Guests
from receiver.wire.protocol import UNTAKEN_MAX_BYTES
from runtime.proxies import Proxies

log = logging.getLogger(__name__)

# What the system keeps of a connection that is not read, and so what one turn of the loop can have to decrypt of it.
# The system's own choice grows to megabytes. With this, a body of 1 MiB takes sixteen round trips: 3 s from 200 ms away.
UNREAD_MAX_BYTES = 65_536
# Accepted in one turn of the loop; more would hold up those who are inside.
AT_ONCE = 32
# Without descriptors, accepting again immediately would only spin.
NO_DESCRIPTOR_PAUSE_S = 0.1
# Closing TLS is a courtesy that nobody of ours waits for: uvloop would wait 30 s.
GOODBYE_S = 1.0

Welcome = Callable[[Guest], asyncio.Protocol]


class Doorway:
    """One listening socket. `welcome` makes the protocol that serves a guest."""

    def __init__(
        self,
        listener: socket.socket,
        guests: Guests,
        proxies: Proxies,
        welcome: Welcome,
        *,
        tls: ssl.SSLContext | None,
        handshake_s: float,
        backlog: int,
    ) -> None:
        self._listener, self._guests, self._proxies, self._welcome = listener, guests, proxies, welcome
        self._tls, self._handshake_s = tls, handshake_s
        self._loop = asyncio.get_running_loop()
        self._entering: set[asyncio.Task[None]] = set()
        self._open = True
        listener.settimeout(0)
        # Whoever is accepted here inherits it.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UNREAD_MAX_BYTES)
        # The system's own choice grows to megabytes, for each of a thousand who take no answers.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNTAKEN_MAX_BYTES)
        listener.listen(backlog)
        self._loop.add_reader(listener, self._accept)

    def close(self) -> None:
        """Accept nobody any more; the socket is its owner's to close."""
        if self._open:
            self._open = False
            self._loop.remove_reader(self._listener)

    async def wait_closed(self) -> None:
        """Nothing is left to wait for: who is inside is the server's affair."""

    def _accept(self) -> None:
        for _ in range(AT_ONCE):
            try:
                connected, address = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                log.error("no connection can be accepted: %s", error.strerror)  # noqa: TRY400 - no fault to trace
                self._loop.remove_reader(self._listener)
                self._loop.call_later(NO_DESCRIPTOR_PAUSE_S, self._resume)
                return
            connected.settimeout(0)
            host = address[0] if isinstance(address, tuple) else None
            guest = Guest(connected, network_of(host), one_of_many=not self._proxies.believes(host))
            if not self._guests.admit(guest):
                connected.close()
                continue
            task = self._loop.create_task(self._enter(guest, connected))
            self._entering.add(task)
            task.add_done_callback(self._entering.discard)

    def _resume(self) -> None:
        if self._open:
            self._loop.add_reader(self._listener, self._accept)

    async def _enter(self, guest: Guest, connected: socket.socket) -> None:
        """Hand a guest to its protocol, after the handshake where there is one."""
        times = {"ssl_handshake_timeout": self._handshake_s, "ssl_shutdown_timeout": GOODBYE_S}
        # Silent, half a handshake, plain HTTP to a TLS port: a stranger's trouble, and not worth a line each.
        with contextlib.suppress(OSError, ssl.SSLError, asyncio.TimeoutError):
            await self._loop.connect_accepted_socket(
                lambda: self._welcome(guest), connected, ssl=self._tls, **(times if self._tls else {})
            )
            return
        self._guests.leaves(guest)
        connected.close()
