"""A receiver process of its own, without S3 and Redis: its spool makes callbacks durable."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import trustme

from archive import tickets
from archive.records.order import Claims
from infra.local.ports import free_block
from tests.pace import Patience

ROOT = Path(__file__).parents[3]
# What hangs is ended by these; what a test is about has bounds of its own.
START_S = 30.0
STOP_S = 60.0
ANSWER_S = 20.0  # less than the deadlines of who must be let go sooner
BODY = b'{"id":"task-unified-1795000000-abcdefgh","status":"failed"}'


@dataclass(frozen=True)
class LoneReceiver:
    """Where it listens, what it trusts, and how one talks to it byte by byte."""

    port: int
    trust: ssl.SSLContext
    ticket: str
    log: Path
    pid: int
    tls: bool = True

    @property
    def path(self) -> str:
        """The path of a good callback URL."""
        return f"/callbacks/evolink/{self.ticket}"

    @property
    def resident_bytes(self) -> int:
        """How much memory it holds."""
        told = Path(f"/proc/{self.pid}/statm").read_text().split()
        return int(told[1]) * os.sysconf("SC_PAGE_SIZE")

    @property
    def sleeps(self) -> bool:
        """Whether it waits for something to happen, and is neither at work nor waiting for a core."""
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"

    def connect(self, source: str = "127.0.0.1", *, tls: bool | None = None) -> socket.socket:
        """A connection from one of this machine's loopback addresses; with TLS where the receiver has it."""
        tls = self.tls if tls is None else tls
        plain = socket.create_connection(("127.0.0.1", self.port), ANSWER_S, source_address=(source, 0))
        return self.trust.wrap_socket(plain, server_hostname="127.0.0.1") if tls else plain

    def ask(self, request: bytes, source: str = "127.0.0.1") -> bytes:
        """All that is answered to some bytes, until the other side closes."""
        with self.connect(source) as connection:
            connection.sendall(request)
            return until_closed(connection)

    def callback(self, source: str = "127.0.0.1", *, path: str = "", header: str = "") -> int:
        """The status of one callback that asks for its connection to be closed."""
        head = f"POST {path or self.path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{header}"
        return status_of(self.ask(f"{head}Content-Length: {len(BODY)}\r\n\r\n".encode() + BODY, source))


def status_of(answer: bytes) -> int:
    """The status of the first answer; 0: there was none."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def read_answer(connection: socket.socket) -> bytes:
    """One whole answer, of which the body's length is told; the connection stays as it is."""
    connection.settimeout(ANSWER_S)
    head, body = b"", b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(1)
        assert piece, f"closed within an answer: {head!r}"
        head += piece
    [length] = [int(line[15:]) for line in head.lower().splitlines() if line.startswith(b"content-length:")]
    while len(body) < length:
        body += connection.recv(length - len(body))
    return head + body


def until_closed(connection: socket.socket, within_s: float = ANSWER_S) -> bytes:
    """What comes until the other side closes or cuts off; a connection that stays open is an error."""
    pieces = []
    ends = time.monotonic() + within_s
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while True:
            connection.settimeout(max(0.01, ends - time.monotonic()))
            piece = connection.recv(65_536)
            if not piece:
                break
            pieces.append(piece)
    return b"".join(pieces)


@contextlib.contextmanager
def receiving(
    folder: Path, environment: Mapping[str, str] | None = None, *, most_files: int = 4096
) -> Iterator[LoneReceiver]:
    """Start one that may open so many files, and stop it."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    chain, key = folder / "cert.pem", folder / "key.pem"
    chain.write_bytes(certificate.cert_chain_pems[0].bytes())
    certificate.private_key_pem.write_to_path(key)
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    keys = tickets.new_key("k1")
    log = folder / "receiver.log"
    # None that the kernel gives to a connection meanwhile, from whatever address of this machine.
    port = free_block(1)
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["/bin/sh", "-c", f"ulimit -n {most_files}; exec {sys.executable} -m receiver"],
            cwd=ROOT,
            stdout=output,
            stderr=output,
            env={
                **os.environ,
                "S3_BUCKET": "nowhere",
                "S3_ENDPOINT": "http://127.0.0.1:9",
                "AWS_ACCESS_KEY_ID": "id",
                "AWS_SECRET_ACCESS_KEY": "secret-of-nobody",
                "REDIS_URL": "redis://127.0.0.1:9/0",
                "TICKET_KEYS": keys,
                "SPOOL_DIR": str(folder / "spool"),
                "TLS_CERT": str(chain),
                "TLS_KEY": str(key),
                "PORT": str(port),
                **(environment or {}),
            },
        )
    ticket = tickets.mint(Claims(), "evolink", tickets.read_keys(keys))
    tls = bool((environment or {}).get("TLS_CERT", str(chain)))
    receiver = LoneReceiver(port, trust, ticket, log, process.pid, tls)
    try:
        _wait_for(receiver, process)
        yield receiver
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        finally:
            process.kill()
            process.wait(STOP_S)


def _wait_for(receiver: LoneReceiver, process: subprocess.Popen[bytes]) -> None:
    patience = Patience(START_S)
    while not patience.over and process.poll() is None:
        with contextlib.suppress(OSError):
            if status_of(receiver.ask(b"GET /livez HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")) == 200:
                return
        select.select([], [], [], 0.05)
    raise AssertionError(f"the receiver did not start: {receiver.log.read_text()}")
