"""What stands between a provider and a receiver: it ends TLS, and may do what some proxies do."""

from __future__ import annotations

import contextlib
import http.client
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme

# Status, headers and body of an answer.
Reply = tuple[int, dict[str, str], bytes]
_WAIT_S = 10.0


@dataclass
class Manner:
    """How a front is: what it hands on, and what it makes of a body; `reply` answers in the receiver's place."""

    headers: dict[str, str] = field(default_factory=lambda: {"X-Forwarded-Proto": "https"})
    alter: Callable[[bytes], bytes] = bytes
    prefix: str = ""
    reply: Callable[[str], Reply | None] = lambda _path: None


@dataclass(frozen=True)
class Front:
    """Where it is, and the file of the authority that signed for it."""

    url: str
    authority: Path
    asked: list[str]


@contextlib.contextmanager
def front(folder: Path, receiver_port: int, manner: Manner, *, name: str = "127.0.0.1") -> Iterator[Front]:
    """Stand before the receiver, with a certificate for this name."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    file = folder / "front.pem"
    authority.cert_pem.write_to_path(file)
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve(b"")

        def do_POST(self) -> None:
            self._serve(self.rfile.read(int(self.headers["Content-Length"])))

        def _serve(self, body: bytes) -> None:
            asked.append(f"{self.command} {self.path}")
            status, headers, content = manner.reply(self.path) or self._handed_on(body)
            self.send_response(status)
            for field_name, value in {
                **headers,
                "Content-Length": str(len(content)),
                "Connection": "close",
            }.items():
                self.send_header(field_name, value)
            self.end_headers()
            self.wfile.write(content)

        def _handed_on(self, body: bytes) -> Reply:
            there = http.client.HTTPConnection("127.0.0.1", receiver_port, timeout=_WAIT_S)
            try:
                there.request(self.command, manner.prefix + self.path, manner.alter(body), manner.headers)
                answer = there.getresponse()
                return answer.status, {"Content-Type": answer.headers.get_content_type()}, answer.read()
            except OSError:
                return 502, {}, b"<html>bad gateway</html>"
            finally:
                there.close()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Front(f"https://127.0.0.1:{server.server_port}", file, asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(_WAIT_S)
