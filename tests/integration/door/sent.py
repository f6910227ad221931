"""Callbacks as they stand on the wire, in each framing, and what a client may offer beside."""

from __future__ import annotations

import itertools

_NUMBERS = itertools.count()
OFFERS = [
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
    b"Upgrade: h2c\r\n",
    b"Connection: keep-alive, Upgrade\r\nUpgrade: TLS/1.2\r\n",
    b"connection: UPGRADE\r\nupgrade: WebSocket, h2c\r\n",
]


def body() -> bytes:
    """A body that no other request has."""
    return b'{"id":"task-unified-1795000000-body%05d","status":"failed"}' % next(_NUMBERS)


def post(path: str, fields: bytes, version: bytes = b"1.1") -> bytes:
    """The header of a callback."""
    return b"POST %b HTTP/%b\r\nHost: h\r\n%b\r\n" % (path.encode(), version, fields)


def counted(path: str, sent: bytes, fields: bytes = b"") -> bytes:
    """A callback whose length is told."""
    return post(path, b"%bContent-Length: %d\r\n" % (fields, len(sent))) + sent


def chunked(path: str, sent: bytes, fields: bytes = b"", frame: int = 7) -> bytes:
    """A callback in frames."""
    pieces = [sent[at : at + frame] for at in range(0, len(sent), frame)]
    frames = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return post(path, fields + b"Transfer-Encoding: chunked\r\n") + frames + b"0\r\n\r\n"


def doubtful(path: str, sent: bytes) -> dict[str, bytes]:
    """Requests that two readers may cut in two ways; each hides another one behind it, or has one too many."""
    count, inner = len(sent), counted(path, sent)
    both = b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n" % (5 + len(inner))
    coded = b"\r\n0\r\n\r\n"
    return {
        "length and coding": post(path, both) + coded[2:] + inner,
        "coding and length": post(path, b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n") + coded[2:] + inner,
        "unknown coding": post(path, b"Transfer-Encoding: xchunked\r\n") + coded[2:] + inner,
        "two codings": post(path, b"Transfer-Encoding: gzip, chunked\r\n") + coded[2:] + inner,
        "identity": post(path, b"Transfer-Encoding: identity\r\nContent-Length: %d\r\n" % count) + sent,
        "a coding in HTTP/1.0": post(path, b"Transfer-Encoding: chunked\r\n", version=b"1.0") + coded[2:] + inner,
        "a vertical tab": post(path, b"Transfer-Encoding: \x0bchunked\r\n") + coded[2:] + inner,
        "a space before the colon": post(path, b"Transfer-Encoding : chunked\r\n") + coded[2:] + inner,
        "a folded coding": post(path, b"Transfer-Encoding:\r\n chunked\r\n") + coded[2:] + inner,
        "a folded length": post(path, b"X: y\r\n Content-Length: 5\r\nContent-Length: %d\r\n" % count) + sent,
        "two lengths": post(path, b"Content-Length: 5\r\nContent-Length: %d\r\n" % count) + sent,
        "the same length twice": post(path, b"Content-Length: %d\r\n" % count * 2) + sent,
        "a list of lengths": post(path, b"Content-Length: %d, %d\r\n" % (count, count)) + sent,
        "a length with a sign": post(path, b"Content-Length: +%d\r\n" % count) + sent,
        "a length beyond counting": post(path, b"Content-Length: %d\r\n" % 10**23) + sent,
        "bare line feeds": post(path, b"Content-Length: %d\r\n" % count).replace(b"\r\n", b"\n") + sent,
        "a bare line feed": post(path, b"X: a\nContent-Length: 3\r\nContent-Length: %d\r\n" % count) + sent,
        "a bare carriage return": post(path, b"X: a\rContent-Length: 3\r\nContent-Length: %d\r\n" % count) + sent,
        "NUL": post(path, b"X: a\0b\r\nContent-Length: %d\r\n" % count) + sent,
        "HTTP/0.9": b"POST %b\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % (path.encode(), count) + sent,
        "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + inner,
        "CONNECT": b"CONNECT evil:443 HTTP/1.1\r\nHost: evil\r\n\r\n" + inner,
        "CONNECT with a length": b"CONNECT evil:443 HTTP/1.1\r\nContent-Length: 5\r\n\r\n" + inner,
        "a line feed in an extension": post(path, b"Transfer-Encoding: chunked\r\n") + b"5;a\nX\r\nhello" + coded + inner,
        "a space after a size": post(path, b"Transfer-Encoding: chunked\r\n") + b"5 \r\nhello" + coded + inner,
        "a size beyond counting": post(path, b"Transfer-Encoding: chunked\r\n") + b"10000000000000005\r\nhello" + coded,
        "a frame longer than its size": post(path, b"Transfer-Encoding: chunked\r\n") + b"4\r\nhello" + coded + inner,
        "a length as a trailer": post(path, b"Transfer-Encoding: chunked\r\n")
        + b"5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n" + inner,
        "a request as a trailer": post(path, b"Transfer-Encoding: chunked\r\n") + b"5\r\nhello\r\n0\r\n" + inner,
    }  # fmt: skip
