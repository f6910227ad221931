"""One call to a task API: bounded in time and bytes, TLS verified, never redirected.

The base is the operator's own setting and no stranger's word, so the gate lets it pass, wherever it is. The key
goes to that base alone and into no text: not of errors, not of logs.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from urllib3.exceptions import HTTPError

from archive import connection_words
from archive.errors import ApiTrouble, ProxyTrouble, SourceTrouble
from archive.reasons import Reason
from egress.connection import Pace, connection_to, set_out, tls_context
from egress.gate import Gate, Target
from egress.long_texts import LongTexts
from egress.proxy import EgressProxy

CONNECT_S = 5.0
# A task query makes the gateway ask upstream, which takes seconds; providers themselves give up after 10 s.
TOTAL_S = 20.0
# Fifty tasks of ten links each have about 100 KB.
ANSWER_MAX_BYTES = 1_048_576
# With the images that it holds: three of the largest, or ten of 20 MB. As much of the worker's disk, for each that asks.
ANSWER_WHOLE_MAX_BYTES = 268_435_456
PIECE_BYTES = 65_536
_PORTS = {"https": 443, "http": 80}


class ApiAnswer(NamedTuple):
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
    texts: LongTexts | None = None,
) -> ApiAnswer:
    """One request over a connection of its own, and its whole answer, whatever its status.

    A `proxy` is asked for the host by its name, since the base is the operator's own. With `texts` the images that it
    holds are written to files, and names stand for them in the answer.

    Raises:
        ApiTrouble: if nobody answers in time, or nobody to be trusted, or more than 1 MiB; PROXY_TROUBLE if
            the proxy is away or refuses; DISK_TROUBLE if such a file cannot be written.
    """
    wire_bytes = 2 * ANSWER_MAX_BYTES if texts is None else ANSWER_WHOLE_MAX_BYTES + ANSWER_MAX_BYTES
    with answered(
        method,
        url,
        headers=headers,
        body=body,
        connect_s=connect_s,
        total_s=total_s,
        wire_bytes=wire_bytes,
        proxy=proxy,
    ) as answer:
        return _read(answer, texts)


@contextmanager
def answered(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    total_s: float,
    wire_bytes: int,
    body: bytes | None = None,
    connect_s: float = CONNECT_S,
    proxy: EgressProxy | None = None,
) -> Iterator[Any]:
    """The answer of urllib3 to one request, to be read within the block. Raises ApiTrouble, as `call` does."""
    target = _target(url)
    until = time.monotonic() + total_s
    gate = Gate(frozenset({(target.host, target.port)}), proxy=proxy, by_name=True)
    connection = connection_to(target, gate, connect_s, tls_context())
    try:
        set_out(connection, _pace(until, total_s, wire_bytes), connect_s)
        connection.request(
            method,
            target.target,
            body=body,
            headers={"Connection": "close", "Accept-Encoding": "identity", **headers},
            preload_content=False,
            decode_content=False,
        )
        with closing(connection.getresponse()) as answer:
            yield answer
    except ProxyTrouble as error:
        raise ApiTrouble(error.reason, f"{target.host}: {error.detail}") from error
    except (SourceTrouble, HTTPError, HTTPException, OSError, ValueError) as error:
        late = time.monotonic() >= until
        why = f"{target.host}: no answer within {total_s:g} s" if late else _why(target.host, error)
        raise ApiTrouble(Reason.API_TROUBLE, why) from error
    finally:
        connection.close()


def _target(url: str) -> Target:
    """What is asked of whom. Raises ApiTrouble where the base is no address."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise ApiTrouble(Reason.API_TROUBLE, "the base of the task API is no URL") from error
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname or "", port, path)


def _pace(until: float, total_s: float, wire_bytes: int) -> Pace:
    """All within the time, and no head or framing without end; how fast it comes is theirs."""
    return Pace(
        until=until,
        run_until=math.inf,
        idle_s=total_s,
        window_s=total_s,
        window_bytes=0,
        wire_bytes=wire_bytes,
        stopping=threading.Event(),
    )


def _read(answer: Any, texts: LongTexts | None) -> ApiAnswer:
    """The whole answer, counted while it comes."""
    told = {name.lower(): value for name, value in answer.headers.items()}
    kept, came, most = bytearray(), 0, ANSWER_MAX_BYTES if texts is None else ANSWER_WHOLE_MAX_BYTES
    for piece in answer.stream(PIECE_BYTES, decode_content=False):
        came += len(piece)
        kept += piece if texts is None else _taken(texts, piece)
        if came > most or len(kept) > ANSWER_MAX_BYTES:
            raise ApiTrouble(
                Reason.API_TROUBLE,
                f"the answer has more than {most if came > most else ANSWER_MAX_BYTES} bytes",
            )
    return ApiAnswer(answer.status, told, bytes(kept))


def _taken(texts: LongTexts, piece: bytes) -> bytes:
    try:
        return texts.take(piece)
    except OSError as error:
        raise ApiTrouble(
            Reason.DISK_TROUBLE, error.strerror or "the temporary folder cannot be used"
        ) from error


def _why(host: str, error: Exception) -> str:
    """What went wrong, without what a library would tell of the request."""
    if isinstance(error, SourceTrouble):
        return error.detail
    return f"{host}: {connection_words.why(error)}"
