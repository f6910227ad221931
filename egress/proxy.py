"""The proxy that outgoing connections go through where a setting names one: CONNECT, and nothing else of it.

The proxy is the operator's, so no gate stands before it. It learns an address (or, of a task API, a name) and a
port; what is asked and answered there is TLS that it cannot read. The environment's own proxies
(`HTTPS_PROXY` and its kin) are never looked at.

https://www.rfc-editor.org/rfc/rfc9110#CONNECT
"""

from __future__ import annotations

import socket
import time
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import unquote_to_bytes, urlsplit

from archive.errors import ProxyTrouble

HEAD_MAX_BYTES: Final = 16_384  # of an answer to CONNECT; real ones have a few hundred
_PIECE_BYTES: Final = 4_096
_LEAST_S: Final = 0.001  # a timeout of zero would mean non-blocking


class NotReached(ConnectionError):
    """The proxy itself is well, and cannot reach who was asked for."""


class ConnectRefused(ProxyTrouble):
    """The proxy refuses to lead there, by its rules (403, as a rule) or for its credentials (407)."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the egress proxy answered {status}")
        self.status = status


@dataclass(frozen=True, slots=True)
class EgressProxy:
    """Where the proxy listens, and what it is shown (a whole `Proxy-Authorization`, or nothing)."""

    host: str
    port: int
    authorization: str = field(default="", repr=False)

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read http://[user:password@]host:port; raises ValueError, which shows nothing of it."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError("no URL") from None
        if parts.scheme != "http" or not host or not port:
            raise ValueError("not http://host:port")
        if parts.path not in {"", "/"} or parts.query or parts.fragment:
            raise ValueError("more than a host and a port")
        shown, at, _ = parts.netloc.rpartition("@")
        user, colon, password = shown.partition(":")
        words = unquote_to_bytes(user) + b":" + unquote_to_bytes(password if colon else "")
        return cls(host, port, f"Basic {b64encode(words).decode('ascii')}" if at else "")

    def open(self, host: str, port: int, timeout_s: float) -> socket.socket:
        """A connection to a host by way of the proxy, all within the time.

        Raises:
            ProxyTrouble: if the proxy is away, or refuses.
            OSError: if it cannot reach the host, or does not say so in time.
        """
        until = time.monotonic() + timeout_s
        try:
            sock = socket.create_connection((self.host, self.port), timeout_s)
        except OSError as error:
            raise ProxyTrouble("the egress proxy cannot be reached") from error
        try:
            self.ask(sock, host, port, until)
        except BaseException:
            sock.close()
            raise
        return sock

    def ask(self, sock: socket.socket, host: str, port: int, until: float) -> None:
        """Have the proxy lead a connection that was made to it on to a host, until `time.monotonic()` says.

        Afterwards the socket's timeout is what is left of the time. Raises as `open` does.
        """
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
        if self.authorization:
            lines.append(f"Proxy-Authorization: {self.authorization}")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(_left_s(until))
        sock.sendall("\r\n".join([*lines, "", ""]).encode("ascii"))
        head, more = _head(sock, until)
        status = _status(head)
        if 500 <= status <= 599:  # noqa: PLR2004 - the host's trouble, as a gateway tells of it
            raise NotReached(f"the egress proxy answered {status}")
        if not 200 <= status <= 299:  # noqa: PLR2004 - any of these opens the tunnel
            raise ConnectRefused(status)
        if more:  # whoever is asked has heard nothing yet
            raise ProxyTrouble("the egress proxy says more than it was asked")
        sock.settimeout(_left_s(until))


def proxy_at(url: str) -> EgressProxy | None:
    """The proxy that a setting names; None where it names none."""
    return EgressProxy.from_url(url) if url else None


def _left_s(until: float) -> float:
    return max(until - time.monotonic(), _LEAST_S)


def _head(sock: socket.socket, until: float) -> tuple[bytes, bytes]:
    """The head of the answer, and what came behind it: of a refusal often a page for people."""
    came = b""
    while b"\r\n\r\n" not in came:
        sock.settimeout(_left_s(until))
        piece = sock.recv(_PIECE_BYTES)
        if not piece:
            raise ConnectionError  # many proxies say no more than this of a host that is away
        came += piece
        if len(came) > HEAD_MAX_BYTES:
            raise ProxyTrouble("the egress proxy's answer has no end")
    head, _, more = came.partition(b"\r\n\r\n")
    return head, more


def _status(head: bytes) -> int:
    version, _, rest = head.partition(b" ")
    told = rest[:3]
    if not version.startswith(b"HTTP/1.") or not told.isdigit():
        raise ProxyTrouble("the egress proxy's answer is no HTTP")
    return int(told)
