"""One round after the other: each server in turn, the same load on each, and ours counted afterwards.

Every round has all servers at the connections where the goals are set. The first has the rest too: other numbers
of connections, a slower S3, TLS.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from bench import post, service, wrk
from bench.door import keepers, kept, rivals
from bench.ground import Ground
from bench.rounds import medians
from infra.local.ports import LOOPBACK, free_block

CONNECTIONS = (1, 16, 64, 256)
# Where the goals are set.
AT = 64
# The rounds are short, so that all of them fit into a few minutes.
OURS_S, AT_S, THEIRS_S, WARM_S = 2, 2, 1, 1
SLOWER_BY_MS = (30, 200)
# What ends TLS before us says so with each request.
_PROXIED = ("X-Forwarded-Proto: https",)
_NEW_EACH = ("Connection: close",)

Figures = dict[str, Any]
Opened = AbstractContextManager[str]


def measure(ground: Ground, rounds: int) -> Figures:
    """The figures of the part: at AT connections medians of so many rounds; the books are of all that was sent."""
    desk = _Desk(ground)
    told = []
    for number in range(1, rounds + 1):
        sys.stderr.write(f"door: round {number} of {rounds}\n")
        told.append(_round(ground, desk, CONNECTIONS if number == 1 else (AT,)))
        if number == 1:
            slower, tls = _slower(ground, desk), _tls(ground, desk)
    at = medians([{name: each[name][str(AT)] for name in each} for each in told])
    once = medians([{"by_connections": told[0], "s3_slower_by_ms": slower, "tls": tls}])
    for name, figures in at.items():
        once["by_connections"][name][str(AT)] = figures
    return {
        "ours_per_s": at["ours"]["per_s"],
        "noop_per_s": at["noop"]["per_s"],
        "noop_on_ours_per_s": at["noop_on_ours"]["per_s"],
        "delay_per_s": at["delay"]["per_s"],
        "webhook_per_s": at["webhook"]["per_s"],
        "postgres_per_s": at["postgres"]["per_s"],
        "redis_aof_per_s": at["redis_aof"]["per_s"],
        "put_a_callback_per_s": at["put_a_callback"]["per_s"],
        "p50_ms": at["ours"]["p50_ms"],
        "p99_ms": at["ours"]["p99_ms"],
        "p999_ms": at["ours"]["p999_ms"],
        "connections": AT,
        "books": desk.books,
        **once,
    }


def _round(ground: Ground, desk: _Desk, connections: tuple[int, ...]) -> Figures:
    """All servers once, at so many connections."""
    with _ours(ground) as url:
        ours = {str(many): desk.ours(url, many) for many in connections}
        desk.audit(url)
    others: dict[str, Callable[[Ground], Opened]] = {
        "noop": rivals.noop,
        "delay": rivals.delay,
        "webhook": rivals.webhook,
        "postgres": keepers.postgres,
        "redis_aof": keepers.redis_aof,
        "put_a_callback": keepers.put_a_callback,
    }
    by_connections = {"ours": ours}
    for name, opened in others.items():
        with opened(ground) as url:
            by_connections[name] = desk.theirs(url, connections)
        ground.forget_bells()
    with rivals.noop_on_ours(ground) as url:
        by_connections["noop_on_ours"] = desk.theirs(url, (AT,), _PROXIED)
    return by_connections


def _slower(ground: Ground, desk: _Desk) -> Figures:
    """Ours, before an S3 that takes longer."""
    slower = {}
    for milliseconds in SLOWER_BY_MS:
        with _slow_s3(ground, milliseconds) as port, _ours(ground, s3_port=port) as url:
            slower[str(milliseconds)] = {str(many): desk.ours(url, many) for many in (AT, CONNECTIONS[-1])}
    return slower


def _tls(ground: Ground, desk: _Desk) -> Figures:
    """Ours and the no-op, over TLS."""
    with _ours(ground, tls=True) as url:
        ours = {"ours": desk.ours(url, AT), "ours_new_each": desk.ours(url, AT, _NEW_EACH)}
    with rivals.noop(ground, tls=True) as url:
        desk.warm(url, ())
        return {
            **ours,
            "noop": desk.load(url, AT, AT_S),
            "noop_new_each": desk.load(url, AT, AT_S, _NEW_EACH),
        }


class _Desk:
    """Puts the load on, and keeps the books of what ours said and what is found of it."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._body = post.written_to(ground.folder)
        self._warm: set[str] = set()
        self.books = {"acknowledged": 0, "kept": 0, "lost": 0, "audited": 0}

    def load(self, url: str, connections: int, duration_s: int, headers: tuple[str, ...] = ()) -> Figures:
        """The figures of one load."""
        return self._run(url, connections, duration_s, headers).as_json()

    def warm(self, url: str, headers: tuple[str, ...]) -> None:
        """What a server does only once is done before it is measured."""
        self._run(url, 16, WARM_S, headers)

    def theirs(self, url: str, connections: tuple[int, ...], headers: tuple[str, ...] = ()) -> Figures:
        """One of the others, at so many connections."""
        self.warm(url, headers)
        return {
            str(many): self.load(url, many, AT_S if many == AT else THEIRS_S, headers) for many in connections
        }

    def ours(self, url: str, connections: int, headers: tuple[str, ...] = ()) -> Figures:
        """Ours; then what it has acknowledged is looked for.

        More may be found than was acknowledged: wrk hangs up at its end, on up to one answer a connection.
        """
        said = headers + (() if url.startswith("https:") else _PROXIED)
        if url not in self._warm:
            self._warm.add(url)
            self.warm(url, said)
            self._found()
        heard = self._run(url, connections, OURS_S, said)
        found = len(set(self._found()))
        self.books["acknowledged"] += heard.acknowledged
        self.books["kept"] += found
        self.books["lost"] += max(0, heard.acknowledged - found)
        return heard.as_json()

    def audit(self, url: str) -> None:
        """Look for each single id that was acknowledged. It slows wrk down, so it is not timed."""
        ids = self._ground.folder / "acknowledged.txt"
        wrk.run(
            wrk.Load(url=url, body=self._body, connections=AT, duration_s=1, headers=_PROXIED, ids_to=ids)
        )
        acknowledged = set(ids.read_text(encoding="utf-8").split())
        self.books["audited"] += len(acknowledged)
        self.books["lost"] += len(acknowledged - set(self._found()))

    def _run(self, url: str, connections: int, duration_s: int, headers: tuple[str, ...]) -> wrk.LoadFigures:
        return wrk.run(
            wrk.Load(
                url=url, body=self._body, connections=connections, duration_s=duration_s, headers=headers
            )
        )

    def _found(self) -> list[str]:
        self._ground.forget_bells()
        return kept.taken_out(self._ground, _spool(self._ground))


@contextlib.contextmanager
def _ours(ground: Ground, *, tls: bool = False, s3_port: int = 0) -> Iterator[str]:
    """Our receiver, with a spool, without workers: its bells wait in Redis. Its callback URL."""
    port = free_block(1)
    environment = ground.environment(SPOOL_DIR=str(_spool(ground)), CONNECTIONS_PER_CLIENT="512")
    if s3_port:
        environment["S3_ENDPOINT"] = f"http://{LOOPBACK}:{s3_port}"
    with service.receiver(ground, port, environment, tls=tls):
        yield f"{'https' if tls else 'http'}://{LOOPBACK}:{port}{ground.callback_path()}"


@contextlib.contextmanager
def _slow_s3(ground: Ground, milliseconds: int) -> Iterator[int]:
    """A proxy before S3; its port."""
    port = free_block(1)
    to_port = ground.s3.endpoint.rpartition(":")[2]
    command = [sys.executable, "-m", "bench.door.slow_s3", str(port), to_port, str(milliseconds)]
    with service.program("slow_s3", command, port, ground=ground, environment=ground.environment()):
        yield port


def _spool(ground: Ground) -> Path:
    return ground.folder / "spool"
