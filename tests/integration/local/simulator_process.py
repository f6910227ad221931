"""A simulator process and a small callback receiver, for the tests of both."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal, TypeVar

import urllib3

from tests.pace import Patience

ROOT = Path(__file__).parents[3]
KEY = "aio_test"
SMALL = "96x64"
# What hangs is ended by these.
ANSWER_S, STOP_S = 30.0, 60.0
Found = TypeVar("Found")


@dataclass
class Simulator:
    """A running simulator and a client of it."""

    process: subprocess.Popen[str]
    address: str
    http: urllib3.PoolManager

    def ask(self, method: str, path: str, body: object = None, key: str | None = KEY) -> tuple[int, Any]:
        """Ask for JSON; return status and body."""
        headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        answer = self.http.request(method, self.address + path, json=body, headers=headers)
        return answer.status, answer.json()

    def order(self, **fields: object) -> str:
        """Order from EvoLink, a small image unless told otherwise; return the task's id."""
        body = {"model": "gpt-image-2", "prompt": "a cat on a wall", "size": SMALL, **fields}
        status, answer = self.ask("POST", "/v1/images/generations", body)
        assert status == 200, answer
        return str(answer["id"])

    def seen(self, task_id: str) -> dict[str, Any]:
        """What the control door knows of a task."""
        seen: dict[str, Any] = self.ask("GET", f"/simulator/tasks/{task_id}")[1]
        return seen

    def finished(self, task_id: str) -> dict[str, Any]:
        """Wait until a task has ended; return what the control door knows."""
        unfinished = {"pending", "processing"}
        return until(lambda: (seen := self.seen(task_id))["status"] not in unfinished and seen)

    def link(self, **switches: object) -> str:
        """Order an image with switches; return its link."""
        return str(self.finished(self.order(simulate=switches))["links"][0]["url"])

    def fetch(self, url: str, timeout_s: float = 10.0) -> urllib3.BaseHTTPResponse:
        """Fetch a link without following redirects."""
        return self.http.request("GET", url, redirect=False, timeout=timeout_s)


@dataclass
class Receiver:
    """A callback receiver whose answers are scripted by path; 200 when the script is over."""

    address: str
    script: dict[str, list[int]] = field(default_factory=dict)
    got: list[tuple[str, float, Any, dict[str, str]]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def at(self, path: str) -> list[tuple[float, Any, dict[str, str]]]:
        """What came to a path: monotonic time, body, headers."""
        return [(when, body, headers) for place, when, body, headers in self.got if place == path]


HANG = 0  # a scripted status: say nothing until released


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Run a receiver."""

    class Doorman(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            receiver.got.append((self.path, time.monotonic(), body, dict(self.headers)))
            script = receiver.script.get(self.path)
            status = script.pop(0) if script else 200
            if status == HANG:
                receiver.released.wait(30)
                self.close_connection = True
                return
            self.send_response(status)
            if status == 307:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A client that refuses our certificate is part of a test."""

    server = Server(("127.0.0.1", 0), Doorman)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "http" if tls is None else "https"
    receiver = Receiver(f"{scheme}://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def simulating(*arguments: str) -> Iterator[Simulator]:
    """Run a simulator; afterwards it has ended by itself, with exit code 0."""
    command = [sys.executable, "-m", "infra.simulator", "--work-s", "0.05", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            assert ready["pid"] == process.pid
            with urllib3.PoolManager(retries=False, timeout=ANSWER_S) as http:
                yield Simulator(process, ready["address"], http)
            process.terminate()
            assert process.wait(STOP_S) == 0
        finally:
            process.kill()


def until(look: Callable[[], Found | Literal[False]], seconds: float = 10.0) -> Found:
    """Look until there is something; fail after `seconds`."""
    patience = Patience(seconds)
    while not (found := look()):
        assert not patience.over, "waited in vain"
        time.sleep(0.01)
    return found
