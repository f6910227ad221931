"""Peers of the door that keep what they acknowledge: how each is started, and where it takes callbacks.

postgres          one INSERT committed a callback, `synchronous_commit` on, through a pool of connections
redis_aof         one XADD a callback, in a Redis that syncs its file before it answers (`appendfsync always`)
put_a_callback    one PUT a callback, by boto3 in threads

What a server was told is asked of it again: a peer that does not keep what it acknowledges is not measured.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from redis import Redis

from bench.debian import postgres_programs
from bench.door.disk import sync_ms
from bench.door.rivals import on_uvicorn
from bench.errors import BenchError
from bench.ground import Ground, shell
from bench.service import program, running
from infra.local.parts import redis
from infra.local.ports import LOOPBACK, free_block

# What each must say of itself, so that what it has acknowledged outlives a crash of the machine.
POSTGRES_KEEPS = {"synchronous_commit": "on", "fsync": "on", "full_page_writes": "on"}
REDIS_KEEPS = {"appendonly": "yes", "appendfsync": "always"}
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
            _sure(
                lambda: refuse_unless_kept("PostgreSQL", POSTGRES_KEEPS, _said_by_postgres(programs, port))
            ),
            on_uvicorn("keeps_in_postgres", ground, {"POSTGRES": url}) as callback_url,
        ):
            yield callback_url
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sync_ms_of_postgres() -> float:
    """What a synced write of 1 kB takes where its data stand, in ms."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        return sync_ms(Path(folder))


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
        _sure(lambda: refuse_unless_kept("Redis", REDIS_KEEPS, _said_by_redis(redis.url_of(port)))),
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


def refuse_unless_kept(who: str, wanted: Mapping[str, str], said: Mapping[str, str]) -> None:
    """Raises BenchError if a server says of a setting anything but what is wanted."""
    wrong = [
        f"{name} is {said.get(name)}, not {value}"
        for name, value in wanted.items()
        if said.get(name) != value
    ]
    if wrong:
        raise BenchError(f"{who} would not keep what it acknowledges: {'; '.join(wrong)}.")


@contextlib.contextmanager
def _sure(look: Callable[[], None]) -> Iterator[None]:
    """A look between the start of a server and that of who uses it."""
    look()
    yield


def _said_by_postgres(programs: Path, port: int) -> dict[str, str]:
    """The settings of a session as the peer has them."""
    asked = [
        *(str(programs / "psql"), "-h", LOOPBACK, "-p", str(port), "-U", _USER, "-d", "postgres", "-AtqX"),
        *(word for name in POSTGRES_KEEPS for word in ("-c", f"SHOW {name}")),
    ]
    told = subprocess.run(asked, env=shell(), timeout=_INIT_S, check=False, capture_output=True, text=True)
    return dict(zip(POSTGRES_KEEPS, told.stdout.split(), strict=False))


def _said_by_redis(url: str) -> dict[str, str]:
    with contextlib.closing(Redis.from_url(url, decode_responses=True)) as connection:
        said = connection.config_get(*REDIS_KEEPS)
        return {name: str(said.get(name)) for name in REDIS_KEEPS}


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
