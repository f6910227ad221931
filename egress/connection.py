"""Connections through the gate: kept alive between downloads, and never waited on without a bound.

urllib3 speaks HTTP over them. Its own pools are not used, because they know one timeout for each read:
a head that drips in, one byte every ten seconds, would hold a thread for days. Here the socket itself
asks a `Pace` before each wait.
"""

from __future__ import annotations

import os
import socket
import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from urllib3.connection import HTTPConnection, HTTPSConnection

from archive.errors import SourceTrouble, TryLater
from archive.reasons import Reason
from egress.gate import Gate, Target
from egress.head import OriginAnswer

MAX_IDLE: Final = 64  # connections kept for the next download; twice the threads of a worker
IDLE_LIFE_S: Final = 30.0  # shorter than what CDNs keep (60 s and more), so that few are found dead
_LOOK_S: Final = 0.5  # how often a wait looks whether the worker is stopping
_LEAST_S: Final = 0.001  # a timeout of zero would mean non-blocking


class Pace:
    """How long one transfer may take and how many bytes may come over its wire.

    `run_until` is the caller's own end, `until` the transfer's (both `time.monotonic()`); `idle_s` bounds
    the wait for a byte; within each `window_s` at least `window_bytes` come; `wire_bytes` counts heads and
    chunk marks too, so that none of them is endless.
    """

    def __init__(
        self,
        *,
        until: float,
        run_until: float,
        idle_s: float,
        window_s: float,
        window_bytes: int,
        wire_bytes: int,
        stopping: threading.Event,
    ) -> None:
        self.idle_s = idle_s
        self._until = until
        self._run_until = run_until
        self._window_s, self._window_bytes = window_s, window_bytes
        self._wire_bytes = wire_bytes
        self._stopping = stopping
        self.begin()

    def begin(self) -> None:
        """Begin to measure throughput anew: a request goes out."""
        self._window_from, self._window_came = time.monotonic(), 0

    def left_s(self) -> float:
        """The seconds that the transfer still has.

        Raises:
            TryLater: STOPPING or OUT_OF_TIME.
            SourceTrouble: SOURCE_SLOW.
        """
        if self._stopping.is_set():
            raise TryLater(Reason.STOPPING)
        now = time.monotonic()
        if now >= self._run_until:
            raise TryLater(Reason.OUT_OF_TIME, "the download was not done when the run's time was up")
        if now >= self._until:
            raise SourceTrouble(Reason.SOURCE_SLOW, "the whole download takes too long")
        return min(self._until, self._run_until) - now

    def patience_s(self, waiting_since: float) -> float:
        """How long to wait before looking again; raises as `left_s` does, and when next to nothing comes."""
        left_s = self.left_s()
        now = time.monotonic()
        idle_left_s = waiting_since + self.idle_s - now
        if idle_left_s <= 0:
            raise SourceTrouble(Reason.SOURCE_SLOW, f"no byte came for {self.idle_s:g} s")
        if now - self._window_from >= self._window_s:
            if self._window_came < self._window_bytes:
                told = (
                    f"{self._window_came} bytes came in {self._window_s:g} s, fewer than {self._window_bytes}"
                )
                raise SourceTrouble(Reason.SOURCE_SLOW, told)
            self.begin()
        return max(min(_LOOK_S, left_s, idle_left_s), _LEAST_S)

    def count(self, came: int) -> None:
        """Count bytes of the wire."""
        self._window_came += came
        self._wire_bytes -= came
        if self._wire_bytes < 0:
            raise SourceTrouble(Reason.SOURCE_TROUBLE, "the answer's head or framing has no end")


class _PacedSocket(socket.socket):
    """A plain socket that asks its pace before it waits."""

    pace: Pace | None = None

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        return _paced(self, super().recv_into, args, kwargs)


class _PacedTLSSocket(ssl.SSLSocket):
    """The same over TLS. Its handshake is bounded by the timeout that the gate left on the socket."""

    pace: Pace | None = None

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        return _paced(self, super().recv_into, args, kwargs)


def _paced(
    sock: _PacedSocket | _PacedTLSSocket,
    receive: Callable[..., int],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> int:
    if sock.pace is None:
        return receive(*args, **kwargs)
    waiting_since = time.monotonic()
    while True:
        sock.settimeout(sock.pace.patience_s(waiting_since))
        try:
            came = receive(*args, **kwargs)
        except TimeoutError:
            continue
        sock.pace.count(came)
        return came


def tls_context(ca_file: str | None = None) -> ssl.SSLContext:
    """Verify as the system does; `ca_file` names one more authority, for tests.

    All connections of a process share it: to read the system's authorities takes 20 ms of CPU.
    """
    return _trusting(ca_file, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=4)
def _trusting(ca_file: str | None, *_where_openssl_looks: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    context.sslsocket_class = _PacedTLSSocket
    return context


class _PlainConnection(HTTPConnection):
    """HTTP over a socket of the gate; nothing of the URL is rewritten."""

    response_class = OriginAnswer

    def __init__(self, gate: Gate, target: Target, connect_s: float) -> None:
        super().__init__(target.host, target.port, timeout=connect_s)
        self._gate = gate
        self.connect_s = connect_s

    def _new_conn(self) -> socket.socket:
        return _through(self._gate, self._dns_host, self.port, self.connect_s)


class _TLSConnection(HTTPSConnection):
    """HTTPS over a socket of the gate: server name and certificate are the URL's host's."""

    response_class = OriginAnswer

    def __init__(self, gate: Gate, target: Target, connect_s: float, tls: ssl.SSLContext) -> None:
        super().__init__(target.host, target.port, timeout=connect_s, ssl_context=tls)
        self._gate = gate
        self.connect_s = connect_s

    def _new_conn(self) -> socket.socket:
        return _through(self._gate, self._dns_host, self.port, self.connect_s)


Connection = _PlainConnection | _TLSConnection


def connection_to(target: Target, gate: Gate, connect_s: float, tls: ssl.SSLContext) -> Connection:
    """A connection to a target, through the gate; it is opened by `set_out`."""
    if target.scheme == "https":
        return _TLSConnection(gate, target, connect_s, tls)
    return _PlainConnection(gate, target, connect_s)


def _through(gate: Gate, host: str, port: int, connect_s: float) -> socket.socket:
    reached = gate.connect(host, port, connect_s)
    timeout_s = reached.gettimeout()
    paced = _PacedSocket(fileno=reached.detach())
    paced.settimeout(timeout_s)
    return paced


def set_out(connection: Connection, pace: Pace, connect_s: float) -> None:
    """Connect if need be, and put the connection under the pace of a transfer."""
    if connection.is_closed:
        connection.connect_s = min(connect_s, pace.left_s())
        connection.connect()
    pace.begin()
    connection.timeout = pace.idle_s  # what bounds sending the few bytes of a request
    sock: Any = connection.sock  # urllib3 knows it as any socket; it is one of the two above
    sock.pace = pace


class Connections:
    """Idle connections by scheme, host and port, the latest used first; safe for many threads."""

    def __init__(self, gate: Gate, tls: ssl.SSLContext, connect_s: float) -> None:
        self._gate = gate
        self._tls = tls
        self._connect_s = connect_s
        self._lock = threading.Lock()
        self._idle: OrderedDict[Connection, tuple[tuple[str, str, int], float]] = OrderedDict()

    def take(self, target: Target) -> tuple[Connection, bool]:
        """A connection for a target, and whether it was used before."""
        key = _key(target)
        while True:
            with self._lock:
                found = next((each for each in reversed(self._idle) if self._idle[each][0] == key), None)
                kept_at = 0.0 if found is None else self._idle.pop(found)[1]
            if found is None:
                return self._new(target), False
            # One with bytes waiting was closed by the other side, or was never honest about its lengths.
            if time.monotonic() - kept_at < IDLE_LIFE_S and found.is_connected:
                return found, True
            found.close()

    def keep(self, target: Target, connection: Connection) -> None:
        """Keep a connection whose answer was read to its end; the oldest gives way."""
        if connection.is_closed:
            return
        dropped = None
        with self._lock:
            self._idle[connection] = (_key(target), time.monotonic())
            if len(self._idle) > MAX_IDLE:
                dropped, _ = self._idle.popitem(last=False)
        if dropped is not None:
            dropped.close()

    def close(self) -> None:
        """Close what is idle."""
        with self._lock:
            idle, self._idle = list(self._idle), OrderedDict()
        for connection in idle:
            connection.close()

    def _new(self, target: Target) -> Connection:
        return connection_to(target, self._gate, self._connect_s, self._tls)


def _key(target: Target) -> tuple[str, str, int]:
    return (target.scheme, target.host, target.port)
