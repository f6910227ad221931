"""Peers of the door that keep what they acknowledge: how each is started, and where it takes callbacks.

postgres          one INSERT committed a callback, `synchronous_commit` on, through a pool of connections
redis_aof         one XADD a callback, in a Redis that syncs its file before it answers (`appendfsync always`)
put_a_callback    one PUT a callback, by boto3 in threads
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.debian import postgres_programs
from bench.door.rivals import on_uvicorn
from bench.errors import BenchError
from bench.ground import Ground, shell
from bench.service import program, running
from infra.local.parts import redis
from infra.local.ports import LOOPBACK, free_block

# Debian's own user for it: PostgreSQL refuses to run as root.
_USER = "postgres"
_INIT_S = 60


@contextlib.contextmanager
def postgres(ground: Ground) -> Iterator[str]:
    """Its callback URL; the PostgreSQL is its own, with its data on a disk. Raises BenchError, CannotStart."""
    port, programs = free_block(1), postgres_programs()
    # A user of its own must come to it, which a folder of root's may forbid.
    folder = Path(tempfile.mkdtemp(prefix="fixative-bench-", dir="/var/tmp"))
    try:
        data, by_whom = str(folder / "data"), _not_as_root(folder)
        _do([*by_whom, str(programs / "initdb"), "-D", data, "-A", "trust", "-U", _USER], folder)
        command = [
            *(*by_whom, str(programs / "postgres"), "-D", data, "-p", str(port)),
            *("-c", f"listen_addresses={LOOPBACK}", "-c", "unix_socket_directories="),
            *("-c", "synchronous_commit=on", "-c", "fsync=on"),
        ]
        url = f"postgres://{_USER}@{LOOPBACK}:{port}/postgres"
        with (
            running(
                "postgres", command, lambda: _answers(programs, port), ground=ground, environment=shell()
            ),
            on_uvicorn("keeps_in_postgres", ground, {"POSTGRES": url}) as callback_url,
        ):
            yield callback_url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def redis_aof(ground: Ground) -> Iterator[str]:
    """Its callback URL; the Redis is its own. Raises CannotStart."""
    port, folder = free_block(1), ground.folder / "redis-aof"
    folder.mkdir(exist_ok=True)
    command = [
        *(redis.program(), "--port", str(port), "--bind", LOOPBACK, "--dir", str(folder), "--save", ""),
        *("--appendonly", "yes", "--appendfsync", "always"),
    ]
    with (
        program("redis_aof", command, port, ground=ground, environment=shell()),
        on_uvicorn("keeps_in_redis", ground, {"KEEPING_REDIS": redis.url_of(port)}) as callback_url,
    ):
        yield callback_url
    shutil.rmtree(folder)


@contextlib.contextmanager
def put_a_callback(ground: Ground) -> Iterator[str]:
    """Its callback URL; the bucket is the ground's, and empty afterwards."""
    with on_uvicorn("keeps_on_s3", ground, ground.environment()) as callback_url:
        yield callback_url
    ground.forget_objects()


def _not_as_root(folder: Path) -> list[str]:
    """What a command begins with, so that it runs as somebody who may; the folder is theirs then."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, _USER, _USER)
    return ["setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups"]


def _answers(programs: Path, port: int) -> bool:
    """Whether it takes questions: its port is open a moment before."""
    asked = [str(programs / "pg_isready"), "-q", "-h", LOOPBACK, "-p", str(port)]
    return subprocess.run(asked, timeout=_INIT_S, check=False).returncode == 0


def _do(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, env=shell(), timeout=_INIT_S, check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise BenchError(f"PostgreSQL was not set up: {done.stderr.strip()}")
