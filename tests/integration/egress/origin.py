"""An origin that does to the bytes of each answer exactly what a test says, over plain sockets or TLS."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

import trustme

# What is done with a connection once a request's head has come; True keeps the connection open.
Answering = Callable[["Asked"], bool]


class Asked:
    """One request: its path, its head, and the connection to answer on."""

    def __init__(self, connection: socket.socket, head: bytes, gone: threading.Event) -> None:
        self.connection = connection
        self.gone = gone  # set when the origin stops
        lines = head.decode("latin-1").split("\r\n")
        self.path = lines[0].split(" ")[1]
        self.headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])
        }

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def answer(self, body: bytes, *, status: str = "200 OK", **headers: str) -> bool:
        """A well-formed answer with its length."""
        told = {
            "Content-Length": str(len(body)),
            **{name.replace("_", "-"): v for name, v in headers.items()},
        }
        self.send(f"HTTP/1.1 {status}\r\n".encode())
        self.send("".join(f"{name}: {value}\r\n" for name, value in told.items()).encode("latin-1") + b"\r\n")
        self.send(body)
        return True

    def reset(self) -> bool:
        """End the connection by a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False


class Origin:
    """Listens on a loopback port; every path answers as `answers` says. Counts connections and requests."""

    def __init__(self, tls: ssl.SSLContext | None = None, address: str = "127.0.0.1") -> None:
        self.answers: dict[str, Answering] = {}
        self.asked: list[Asked] = []
        self.connections = 0
        self._tls = tls
        self._gone = threading.Event()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.create_server((address, 0), family=family, backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gone.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in (self._thread, *self._threads):
            thread.join(5)

    def _listen(self) -> None:
        while not self._gone.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            if self._tls is not None:
                try:
                    connection = self._tls.wrap_socket(connection, server_side=True)
                except OSError:
                    connection.close()
                    return
            with self._lock:
                self._open.add(connection)
        try:
            with suppress(OSError):
                while (head := _head(connection)) is not None:
                    asked = Asked(connection, head, self._gone)
                    self.asked.append(asked)
                    if not self.answers[asked.path.partition("?")[0]](asked):
                        break
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()


def _head(connection: socket.socket) -> bytes | None:
    came = b""
    while b"\r\n\r\n" not in came:
        piece = connection.recv(65_536)
        if not piece:
            return None
        came += piece
    return came.partition(b"\r\n\r\n")[0]


def tls_server(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    """A server's side with a certificate for these names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context
