"""Half of what the stack can do, for so long: each callback is acknowledged and archived, and nothing piles up.

Receiver, worker and console are ours, Redis is looked at as well; somebody reads the console meanwhile. The image is
small, so that the tasks are many.
"""

from __future__ import annotations

import contextlib
import http.client
import math
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

from PIL import Image

from bench import service
from bench.errors import BenchError
from bench.ground import Ground
from bench.rounds import percentile, rounded
from bench.soak.flat import Trend, trend_of
from bench.soak.watch import HeldWatch
from bench.way.house import House, house
from bench.way.runs import at_once, at_rate, one_by_one
from infra.local.parts.console import answers
from infra.local.parts.process import Process
from infra.local.ports import LOOPBACK, free_block

SIDE = 128
# Callbacks are sent, waited for and looked at by so many seconds.
CHUNK_S = 10.0
EVERY_S = 2.0
_WHO = "X-Soak"
_ANSWER_S = 30.0


@dataclass(frozen=True, slots=True)
class Allowed:
    """By how much a process may grow meanwhile and still be flat: MiB, descriptors, connections; or a share."""

    memory_mb: float = 10.0
    descriptors: float = 8.0
    connections: float = 8.0
    share: float = 0.05


@dataclass
class Soaked:
    """What it came to; `trends` by process and kind."""

    full_per_s: float
    per_s: float
    lasted_s: float = 0.0
    tasks: int = 0
    answer_p99_ms: list[float] = field(default_factory=list)
    trends: dict[str, dict[str, Trend]] = field(default_factory=dict)

    def not_flat(self, allowed: Allowed) -> list[str]:
        """What grew, as sentences."""
        return [
            f"{name}: {kind} grew by {trend.growth:.1f} in {self.lasted_s:.0f} s, from {trend.first:.1f} to {trend.last:.1f}"
            for name, kinds in self.trends.items()
            for kind, trend in kinds.items()
            if not trend.is_flat(getattr(allowed, kind), allowed.share)
        ]


def soak(
    ground: Ground, for_s: float, *, burst: int = 120, every_s: float = EVERY_S, most_per_s: float = math.inf
) -> Soaked:
    """Find the full rate by a burst, then send at half of it, or at `most_per_s`, for so long.

    Raises:
        BenchError: if a callback is not acknowledged, or a task has no manifest a minute later.
        CannotStart: if a process is not ready in time.
    """
    _draw_small(ground)
    with house(ground) as home, console_beside(ground) as (console, port):
        one_by_one(home, 5)
        full_per_s = at_once(home, burst)
        soaked = Soaked(full_per_s, min(full_per_s / 2, most_per_s))
        pids = {name: process.pid for name, process in home.processes.items()}
        pids |= {"console": console.pid, "redis": ground.redis.process.pid}
        began = time.monotonic()
        with HeldWatch(pids, every_s) as watch:
            while (left := for_s - (time.monotonic() - began)) > 0:
                _chunk(home, soaked, min(CHUNK_S, left))
                read_console(port)
        soaked.lasted_s = time.monotonic() - began
    soaked.trends = {
        name: {kind: trend_of(points) for kind, points in series.items()}
        for name, series in watch.seen.items()
    }
    return soaked


def _chunk(home: House, soaked: Soaked, for_s: float) -> None:
    sent = at_rate(home, soaked.per_s, for_s)
    home.manifests([each.task_id for each in sent])
    soaked.tasks += len(sent)
    soaked.answer_p99_ms.append(
        percentile([(each.answered_s - each.began_s) * 1000 for each in sent] or [0.0], 99)
    )
    sys.stderr.write(f"soak: {soaked.tasks:,} tasks\n")


@contextlib.contextmanager
def console_beside(ground: Ground) -> Iterator[tuple[Process, int]]:
    """A console that believes this machine who signs in, and its port."""
    port = free_block(1)
    environment = ground.environment(
        CONSOLE_HOST=LOOPBACK,
        CONSOLE_PORT=str(port),
        CONSOLE_IDENTITY_HEADER=_WHO,
        CONSOLE_PROXIES=LOOPBACK,
        INDEX_FOLDER=str(ground.folder / "index"),
    )
    command = [sys.executable, "-m", "console"]
    with service.running(
        "console", command, lambda: answers(port), ground=ground, environment=environment
    ) as it:
        yield it, port


def read_console(port: int) -> None:
    """The gallery and what runs now, as somebody reads them. Raises BenchError."""
    for path in ("/", "/now"):
        with contextlib.closing(http.client.HTTPConnection(LOOPBACK, port, timeout=_ANSWER_S)) as connection:
            connection.request("GET", path, headers={_WHO: "soak", "Accept": "text/html"})
            answer = connection.getresponse()
            answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise BenchError(f"The console answers {answer.status} to {path}.")


def _draw_small(ground: Ground) -> None:
    """The image that the house's origin serves: noise, which no format makes smaller."""
    noise = random.Random(1).randbytes(SIDE * SIDE * 3)  # noqa: S311 - the same picture each time
    Image.frombytes("RGB", (SIDE, SIDE), noise).save(ground.folder / "image.png")


def answer_ms(soaked: Soaked) -> tuple[float, float]:
    """The median of the chunks' p99 of the answers, in the first quarter and in the last."""
    quarter = max(1, len(soaked.answer_p99_ms) // 4)
    first, last = soaked.answer_p99_ms[:quarter], soaked.answer_p99_ms[-quarter:]
    return rounded(median(first)), rounded(median(last))
