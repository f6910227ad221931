"""What an egress proxy does with a CONNECT: leads it to a port of this machine, wherever it was meant for."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress

from egress.proxy import EgressProxy
from tests.integration.egress.origin import Answering, Asked, Origin

LONGEST_S = 20.0
LOOK_S = 0.05


class Tunnel:
    """An answer of an `Origin` that stands for a proxy; `carried` is what clients sent into it."""

    def __init__(self, port: int) -> None:
        self.port, self.carried = port, b""

    def __call__(self, asked: Asked) -> bool:
        with socket.create_connection(("127.0.0.1", self.port), 5) as upstream:
            asked.send(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
            ends = {asked.connection: upstream, upstream: asked.connection}
            until = time.monotonic() + LONGEST_S
            while not asked.gone.is_set() and time.monotonic() < until:
                readable, _, _ = select.select(list(ends), [], [], LOOK_S)
                for end in readable:
                    piece = end.recv(65_536)
                    if not piece:
                        return False
                    if end is asked.connection:
                        self.carried += piece
                    ends[end].sendall(piece)
        return False


def proxy_at(origin: Origin) -> EgressProxy:
    """The proxy that this origin stands for, with a user and a password."""
    return EgressProxy.from_url(f"http://worker:pass%3Aword@127.0.0.1:{origin.port}")


def says(data: bytes, *, waits: Callable[[Asked], object] | None = None) -> Answering:
    """Answer with these bytes, do what is said, and hang up."""

    def answer(asked: Asked) -> bool:
        with suppress(OSError):
            asked.send(data)
            if waits is not None:
                waits(asked)
        return False

    return answer
