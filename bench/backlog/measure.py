"""A burst of live callbacks, then a stretch of a backlog, in turn: a new house for each round, since a backlog fills it.

One worker process, all settings at their defaults. A last house has clocks within its worker; what they cost is in no
other figure. They tell where the CPU of a task goes, live and of the backlog.
"""

from __future__ import annotations

import contextlib
import itertools
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.errors import BenchError
from bench.ground import Ground, stood
from bench.growth.bursts import burst, warm
from bench.growth.contents import place_of, waiting
from bench.growth.writer import write
from bench.past.watched import EACH_ROUND
from bench.rounds import medians
from bench.steps.measure import dumped, spent, with_clocks
from bench.way.house import House, house
from infra.local.wait import until

WAITING, LIVE = 10_000, 120
_NOW_APART = timedelta(milliseconds=500)
# Those that are done before it is looked at, and those that are looked at.
_BEFORE, _STRETCH = 30, 190
_STRETCH_S, _LOOK_S = 120.0, 0.02

Figures = dict[str, Any]


def measure(rounds: int, folder: Path, peers: Path) -> Figures:
    """Tasks a second, CPU ms and S3 requests a task, of the backlog and (`live_...`) of live callbacks; and by step."""
    told = []
    for number in range(1, rounds + 1):
        sys.stderr.write(f"backlog: round {number} of {rounds}\n")
        with _home(folder / str(number), peers) as (ground, home):
            live = burst(home, LIVE)
            told.append(
                {"live_per_s": live["images_per_s"], "live_cpu_ms": live["cpu_ms"], **_backlog(ground, home)}
            )
    sys.stderr.write("backlog: where the CPU goes\n")
    figures: Figures = medians(told)
    return {
        **figures,
        "waiting": WAITING,
        **_steps(folder / "steps", peers),
        EACH_ROUND: {"to_live": [each["per_s"] / each["live_per_s"] for each in told]},
    }


def _backlog(ground: Ground, home: House) -> Figures:
    """A stretch of it, and how far out of its order it is served."""
    known = _wait(ground, home)
    first, cpu_s, began_s, before = len(home.seen()), home.cpu_s(), time.monotonic(), _requests(home)
    _reached(home, first + _STRETCH)
    count, used_s, took_s = len(home.seen()) - first, home.cpu_s() - cpu_s, time.monotonic() - began_s
    asked = _requests(home) - before
    places = [place_of(task) for task in itertools.islice(home.seen(), known, None)]
    return {
        "per_s": count / took_s,
        "cpu_ms": used_s * 1000 / count,
        "s3_requests": asked / count,
        # 0: the ones that are done are the very first.
        "out_of_order": max(places) + 1 - len(places),
    }


def _steps(folder: Path, peers: Path) -> Figures:
    """CPU ms a task by step and thread: `steps` of the backlog, `live_steps` of live callbacks."""
    file = folder / "steps.json"
    with _home(folder, peers, with_clocks(file)) as (ground, home):
        worker = home.processes["worker 1"]
        before, before_s = dumped(worker, file), home.cpu_s()
        burst(home, LIVE)
        after, after_s = dumped(worker, file), home.cpu_s()
        live = spent(before, after, after_s - before_s, LIVE)
        _wait(ground, home)
        first, before, before_s = len(home.seen()), dumped(worker, file), home.cpu_s()
        _reached(home, first + _STRETCH)
        after, after_s = dumped(worker, file), home.cpu_s()
        return {
            "live_steps": live,
            "steps": spent(before, after, after_s - before_s, len(home.seen()) - first),
        }


@contextlib.contextmanager
def _home(folder: Path, peers: Path, inside: dict[str, str] | None = None) -> Iterator[tuple[Ground, House]]:
    """A warm house on servers of its own, whose data goes at the end."""
    with stood(folder, peers) as ground, house(ground, inside=inside) as home:
        warm(home)
        yield ground, home
    shutil.rmtree(folder, ignore_errors=True)


def _wait(ground: Ground, home: House) -> int:
    """Have 10,000 tasks due, and wait until some are done; how many manifests there were before."""
    known = len(home.seen())
    first = home.bucket.now() - WAITING * _NOW_APART
    write(ground.s3.address, waiting(WAITING, first, _NOW_APART, f"http://{home.origin}"))
    _reached(home, known + _BEFORE)
    return known


def _requests(home: House) -> int:
    """Of the workers to S3, so far."""
    return max(seen.requests for seen in home.seen().values())


def _reached(home: House, many: int) -> None:
    if not until(lambda: len(home.seen()) >= many, _STRETCH_S, _LOOK_S):
        raise BenchError(f"The backlog is not served: {len(home.seen())} manifests after {_STRETCH_S:g} s.")
