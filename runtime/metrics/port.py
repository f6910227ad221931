"""The port where metrics are told: `GET /metrics`, for a Prometheus and nobody else.

It is no part of the door: a scrape needs no ticket and no TLS, so it has an address of its own, loopback unless told.
One request is answered after the other, each within its bounds. A port that is taken stops nobody from taking
callbacks: it is told in the log and tried again, as after a restart whose predecessor still lives.
"""

from __future__ import annotations

import contextlib
import io
import logging
import socket
import time
from collections.abc import Iterator
from socketserver import TCPServer
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import make_wsgi_app

from archive.errors import FixativeError
from runtime.guarded import Guarded
from runtime.metrics.meters import Meters
from runtime.settings.metrics import MetricsSettings

log = logging.getLogger(__name__)

# A scrape comes every 15 s or so, and is answered in milliseconds; who says nothing for so long is none.
CLIENT_S = 2.0
# What a Prometheus sends has some 400.
HEADER_MAX_BYTES = 8192
# How long it may take to notice that it is to stop.
LOOK_S = 0.2
STOP_S = 0.5
PAUSE_MOST_S = 30.0


class _Answering(WSGIRequestHandler):
    """One scrape: bounded, and no line in the log."""

    def handle(self) -> None:
        """Read the header within its bounds, however slowly it comes, and answer it."""
        self.rfile.close()
        self.rfile = io.BytesIO(_header(self.connection))
        super().handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """A line every few seconds would be most of the log."""


def _header(connection: socket.socket) -> bytes:
    """A whole header. Raises OSError where none comes in time; who sends without end is no Prometheus."""
    ends, came = time.monotonic() + CLIENT_S, b""
    while b"\r\n\r\n" not in came:
        connection.settimeout(max(0.001, ends - time.monotonic()))
        piece = connection.recv(HEADER_MAX_BYTES)
        came += piece
        if not piece or len(came) > HEADER_MAX_BYTES:
            raise ConnectionAbortedError
    # Of sending all that is answered, together: https://docs.python.org/3/library/socket.html#socket.socket.sendall
    connection.settimeout(CLIENT_S)
    return came


class _Server(WSGIServer):
    """A listening socket, which looks up no name: a resolver that is away would hold up the start."""

    timeout = LOOK_S

    def __init__(self, host: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Answering)

    def server_bind(self) -> None:
        """Bind, and be named by the address."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went, or said nothing: nobody's trouble but its own."""
        del request
        log.debug("metrics: a scrape of %s was not answered", client_address)


class PortNotOpened(FixativeError):
    """The address for the metrics cannot be had, now or as it is."""


class MetricsPort:
    """Answers scrapes from `start` to `stop`, in a thread of its own."""

    def __init__(self, meters: Meters, host: str, port: int) -> None:
        self._meters, self._address = meters, (host, port)
        self._server: _Server | None = None
        self._thread = Guarded("metrics", self._next, pause_most_s=PAUSE_MOST_S, drains=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """End, within the time given."""
        self._thread.stop(timeout_s)

    @property
    def port(self) -> int:
        """Where it listens; 0 before it does."""
        return self._server.server_port if self._server else 0

    def _next(self) -> float | None:
        """Answer one scrape, if one comes soon. Raises PortNotOpened."""
        if self._thread.stopping:
            if self._server is not None:
                self._server.server_close()
            return None
        if self._server is None:
            self._server = self._opened()
        self._server.handle_request()
        return 0.0

    def _opened(self) -> _Server:
        host, port = self._address
        try:
            server = _Server(host, port)
        except OSError as error:
            raise PortNotOpened(
                f"{host}:{port} (METRICS_HOST, METRICS_PORT) cannot be opened: {error.strerror}. Each process of a "
                "host needs a port of its own"
            ) from error
        server.set_app(make_wsgi_app(self._meters.registry))
        log.info("metrics at http://%s:%d/metrics", host, server.server_port)
        return server


@contextlib.contextmanager
def told_at(settings: MetricsSettings, meters: Meters) -> Iterator[None]:
    """Tell the metrics of a process within this block, where that is wished for."""
    port = (
        MetricsPort(meters, settings.metrics_host, settings.metrics_port) if settings.metrics_port else None
    )
    if port is not None:
        port.start()
    try:
        yield
    finally:
        if port is not None:
            port.stop(STOP_S)
