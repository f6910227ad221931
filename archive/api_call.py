"""One call to a task API: bounded in time and bytes, TLS verified, never redirected.

The base is the operator's own setting and no stranger's word, so no gate stands before it. The key goes to that
base alone and into no text: not of errors, not of logs.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from functools import partial
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from archive import connection_words
from archive.egress_proxy import EgressProxy, NotReached
from archive.errors import ApiTrouble, ProxyTrouble
from archive.reasons import Reason

CONNECT_S = 5.0
# A task query makes the gateway ask upstream, which takes seconds; providers themselves give up after 10 s.
TOTAL_S = 20.0
# Fifty tasks of ten links each have about 100 KB.
ANSWER_MAX_BYTES = 1_048_576
_PIECE_BYTES = 65_536


class Answer(NamedTuple):
    """What was answered; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
    connect_s: float = CONNECT_S,
    total_s: float = TOTAL_S,
    proxy: EgressProxy | None = None,
) -> Answer:
    """One request over a connection of its own, and its whole answer, whatever its status.

    A `proxy` is asked for the host by its name, since the base is the operator's own.

    Raises:
        ApiTrouble: if nobody answers in time, or nobody to be trusted, or more than 1 MiB; PROXY_TROUBLE if
            the proxy is away or refuses.
    """
    parts = urlsplit(url)
    host, target = parts.hostname or "", (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    until = time.monotonic() + total_s
    connection = _connection(parts.scheme, host, parts.port, connect_s, proxy)
    try:
        connection.connect()
        connection.timeout = total_s
        with _ended_after(connection, until - time.monotonic()):
            sent = {"Accept-Encoding": "identity", "Connection": "close", **headers}
            connection.request(
                method, target, body=body, headers=sent, preload_content=False, decode_content=False
            )
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.headers.items()}
            return Answer(answer.status, told, _whole(answer, until))
    except ApiTrouble:
        raise
    except ProxyTrouble as error:
        raise ApiTrouble(error.reason, f"{host}: {error.detail}") from error
    # AttributeError: what a TLS socket raises when the timer shuts it down while it is being read.
    except (HTTPError, HTTPException, OSError, ValueError, AttributeError) as error:
        late = time.monotonic() >= until
        why = f"no answer within {total_s:g} s" if late else _why(error)
        raise ApiTrouble(Reason.API_TROUBLE, f"{host}: {why}") from error
    finally:
        connection.close()


class _PlainThroughProxy(HTTPConnection):
    def __init__(self, host: str, port: int | None, connect_s: float, proxy: EgressProxy) -> None:
        super().__init__(host, port, timeout=connect_s)
        self._open = partial(proxy.open, self.host, self.port, connect_s)

    def _new_conn(self) -> socket.socket:
        return self._open()


class _TLSThroughProxy(HTTPSConnection):
    """TLS is spoken within the tunnel, to the host itself."""

    def __init__(self, host: str, port: int | None, connect_s: float, proxy: EgressProxy) -> None:
        super().__init__(host, port, timeout=connect_s, ssl_context=ssl.create_default_context())
        self._open = partial(proxy.open, self.host, self.port, connect_s)

    def _new_conn(self) -> socket.socket:
        return self._open()


def _connection(
    scheme: str, host: str, port: int | None, connect_s: float, proxy: EgressProxy | None
) -> HTTPConnection | HTTPSConnection:
    if proxy is not None:
        kind = _TLSThroughProxy if scheme == "https" else _PlainThroughProxy
        return kind(host, port, connect_s, proxy)
    if scheme == "https":
        # The default context reads SSL_CERT_FILE, and verifies name and chain.
        return HTTPSConnection(host, port, timeout=connect_s, ssl_context=ssl.create_default_context())
    return HTTPConnection(host, port, timeout=connect_s)


@contextlib.contextmanager
def _ended_after(connection: HTTPConnection | HTTPSConnection, seconds: float) -> Iterator[None]:
    """Shut the connection down when the time is up: a head that drips in would outlast every read's timeout."""
    sock: Any = connection.sock

    def end() -> None:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(seconds, 0.001), end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _whole(answer: Any, until: float) -> bytes:
    """The body, counted while it comes; one that the timer cut off is no body."""
    body = bytearray()
    for piece in answer.stream(_PIECE_BYTES, decode_content=False):
        body += piece
        if len(body) > ANSWER_MAX_BYTES:
            raise ApiTrouble(Reason.API_TROUBLE, f"the answer has more than {ANSWER_MAX_BYTES} bytes")
    if time.monotonic() >= until:
        raise TimeoutError
    return bytes(body)


def _why(error: Exception) -> str:
    """What went wrong, without what a library would tell of the request."""
    return str(error) if isinstance(error, NotReached) else connection_words.why(error)
