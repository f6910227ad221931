"""A task API whose answers a test scripts by path; it remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Question:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class ApiServer:
    """`answers` by path: (status, body or JSON, headers), one after the other, the last one for ever.

    `otherwise` is the answer to a path that has none.
    """

    base: str = ""
    answers: dict[str, list[tuple[int, Any, dict[str, str]]]] = field(default_factory=dict)
    otherwise: tuple[int, Any, dict[str, str]] = (404, b"{}", {})
    asked: list[Question] = field(default_factory=list)

    def answer(self, path: str, status: int, body: Any = b"", **headers: str) -> None:
        """Add an answer to a path."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.setdefault(path, []).append((status, body, told))

    def paths(self) -> list[str]:
        """What was asked, in order."""
        return [f"{question.method} {question.path}" for question in self.asked]


@contextmanager
def serving() -> Iterator[ApiServer]:
    """A server on a free port of loopback."""
    api = ApiServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            sent = {name.lower(): value for name, value in self.headers.items()}
            api.asked.append(Question(self.command, self.path, sent, body))
            scripted = api.answers.get(self.path, [api.otherwise])
            status, content, headers = scripted.pop(0) if len(scripted) > 1 else scripted[0]
            told = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            with suppress(ConnectionError):  # who has heard enough hangs up
                self.wfile.write(told)

        do_POST = do_GET  # noqa: N815 - the name that http.server calls

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.base = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
