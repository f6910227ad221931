"""One round after the other: each server in turn, the same load on each, and ours counted afterwards.

Every round has all servers at the connections where the goals are set, from another one on. The first has the rest too:
other numbers of connections, a slower S3, TLS, where our CPU goes, and how many processes and threads each has.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from bench import service
from bench.door import crowd, keepers, profile, rivals
from bench.door.desk import AT, AT_S, PROXIED, Desk, our_door
from bench.door.disk import sync_ms
from bench.ground import Ground
from bench.past.watched import EACH_ROUND
from bench.rounds import in_turn, medians
from infra.local.ports import free_block

CONNECTIONS = (1, 16, 64, 256)
SLOWER_BY_MS = (30, 200)
_NEW_EACH = ("Connection: close",)

Figures = dict[str, Any]
Opened = AbstractContextManager[str]
# How each of the others is opened, and a word of its command line.
THEIRS: dict[str, tuple[Callable[[Ground], Opened], str]] = {
    "noop": (rivals.noop, "bench.door.noop"),
    "delay": (rivals.delay, "bench.door.delay"),
    "webhook": (rivals.webhook, "webhook"),
    "postgres": (keepers.postgres, "bench.door.keeps_in_postgres"),
    "redis_aof": (keepers.redis_aof, "bench.door.keeps_in_redis"),
    "put_a_callback": (keepers.put_a_callback, "bench.door.keeps_on_s3"),
    "noop_on_ours": (rivals.noop_on_ours, "bench.door.ours_without"),
}
_OURS, _OUR_WORD = "ours", "receiver"
# It has no place where other numbers of connections are told.
_AT_ALONE = "noop_on_ours"


def measure(ground: Ground, rounds: int) -> Figures:
    """The figures of the part: at AT connections medians of so many rounds; the books are of all that was sent."""
    desk, told, threads = Desk(ground), list[Figures](), dict[str, Any]()
    for number in range(rounds):
        sys.stderr.write(f"door: round {number + 1} of {rounds}\n")
        told.append(_round(ground, desk, number, threads))
        if number == 0:
            slower, tls, cpu = _slower(ground, desk), _tls(ground, desk), profile.by_thread(ground, desk)
    at = medians([{name: each[name][str(AT)] for name in each} for each in told])
    once = medians([{"by_connections": told[0], "s3_slower_by_ms": slower, "tls": tls, "profile": cpu}])
    for name, figures in at.items():
        once["by_connections"][name][str(AT)] = figures
    return {
        **{f"{name}_per_s": each["per_s"] for name, each in at.items()},
        **{name: at[_OURS][name] for name in ("p50_ms", "p99_ms", "p999_ms")},
        "connections": AT,
        "books": desk.books,
        "crowd": threads,
        "sync_ms": medians(
            [{"postgres": keepers.sync_ms_of_postgres(), "redis_aof": sync_ms(ground.folder)}]
        ),
        "keeps": {"postgres": keepers.POSTGRES_KEEPS, "redis_aof": keepers.REDIS_KEEPS},
        **once,
        EACH_ROUND: _each_round([{name: each[name][str(AT)] for name in each} for each in told]),
    }


def _each_round(told: list[Figures]) -> dict[str, list[float]]:
    """Ours to others in each round, and its p99."""
    peers = ("noop", "postgres", "redis_aof", "put_a_callback")
    ratios = {f"to_{name}": [each[_OURS]["per_s"] / each[name]["per_s"] for each in told] for name in peers}
    return {**ratios, "p99_ms": [each[_OURS]["p99_ms"] for each in told]}


def _round(ground: Ground, desk: Desk, number: int, threads: dict[str, Any]) -> Figures:
    """All servers once, at AT connections, in the first round at all numbers of them."""
    connections = (AT,) if number else CONNECTIONS
    by_connections = {}
    for name in in_turn([_OURS, *THEIRS], number):
        sys.stderr.write(f"door: {name}\n")
        if name == _OURS:
            with our_door(ground) as (url, _):
                by_connections[name] = {str(many): desk.ours(url, many) for many in connections}
                desk.audit(url)
                threads[name] = crowd.counted(_OUR_WORD)
            continue
        opened, word = THEIRS[name]
        with opened(ground) as url:
            alone = name == _AT_ALONE
            by_connections[name] = desk.theirs(url, (AT,) if alone else connections, PROXIED if alone else ())
            threads[name] = crowd.counted(word)
        ground.forget_bells()
    return by_connections


def _slower(ground: Ground, desk: Desk) -> Figures:
    """Ours, before an S3 that takes longer."""
    slower = {}
    for milliseconds in SLOWER_BY_MS:
        with _slow_s3(ground, milliseconds) as port, our_door(ground, s3_port=port) as (url, _):
            slower[str(milliseconds)] = {str(many): desk.ours(url, many) for many in (AT, CONNECTIONS[-1])}
    return slower


def _tls(ground: Ground, desk: Desk) -> Figures:
    """Ours and the no-op, over TLS."""
    with our_door(ground, tls=True) as (url, _):
        ours = {"ours": desk.ours(url, AT), "ours_new_each": desk.ours(url, AT, _NEW_EACH)}
    with rivals.noop(ground, tls=True) as url:
        desk.warm(url, ())
        return {
            **ours,
            "noop": desk.load(url, AT, AT_S),
            "noop_new_each": desk.load(url, AT, AT_S, _NEW_EACH),
        }


@contextlib.contextmanager
def _slow_s3(ground: Ground, milliseconds: int) -> Iterator[int]:
    """A proxy before S3; its port."""
    port = free_block(1)
    to_port = ground.s3.endpoint.rpartition(":")[2]
    command = [sys.executable, "-m", "bench.door.slow_s3", str(port), to_port, str(milliseconds)]
    with service.program("slow_s3", command, port, ground=ground, environment=ground.environment()):
        yield port
