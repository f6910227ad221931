"""What a task costs in an empty bucket, in one with many tasks, and before a backlog.

10,000 tasks are written if they are not there; 200,000 take minutes, so they are measured only where `--full`
has written them once. Each bucket stands once, and the rounds are bursts in it. Work that waits for a later
time, as a backlog of retries does, is due within the hour; work that waits now has links to the origin.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bench.errors import BenchError
from bench.ground import Ground, stood
from bench.growth import bursts, seed, two
from bench.growth.contents import waiting
from bench.growth.writer import write
from bench.way.house import House, house

WAITING = 10_000
# None may come due while it is measured, nor lie further ahead than work may be put off.
_LATER, _LATER_APART = timedelta(minutes=45), timedelta(milliseconds=60)
_NOW_APART = timedelta(milliseconds=500)

Figures = dict[str, Any]


def measure(rounds: int, folder: Path, peers: Path, seeds: Path) -> Figures:
    """The figures of the part. Raises BenchError, CannotStart."""
    tasks: Figures = {}
    with _ground(folder / "empty", peers) as ground, house(ground) as home:
        _say("an empty bucket")
        tasks["0"] = bursts.idle_then_bursts(home, rounds)
        _say(f"{WAITING:,} entries that wait for later")
        now = home.bucket.now()
        _wait_for(ground, home, now + _LATER, _LATER_APART)
        later = bursts.idle_then_bursts(home, rounds)
        _say(f"{WAITING:,} entries that wait now")
        known = len(home.seen())
        _wait_for(ground, home, now - WAITING * _NOW_APART, _NOW_APART)
        backlog = bursts.of_backlog(home, known)
    for number in (seed.FEW, seed.MANY):
        filled = seed.cached(seeds, number) if number == seed.MANY else seed.made(seeds, number)
        if filled:
            with _ground(folder / str(number), peers, filled) as ground, house(ground) as home:
                _say(f"{number:,} tasks in the bucket")
                _check(home, number)
                tasks[str(number)] = bursts.idle_then_bursts(home, rounds)
    with _ground(folder / "two", peers) as ground:
        _say("two workers")
        workers = two.workers(ground, rounds)
        _say("two receivers")
        receivers = two.receivers(ground, rounds)
    return {
        "tasks": tasks,
        "waiting_later": later,
        "waiting_now": backlog,
        "workers": {"1": tasks["0"], "2": workers},
        "receivers": receivers,
    }


@contextmanager
def _ground(folder: Path, peers: Path, filled: Path | None = None) -> Iterator[Ground]:
    """Servers of their own, whose data goes at the end; after an error it stays, with its logs."""
    with stood(folder, peers, filled) as ground:
        yield ground
    shutil.rmtree(folder, ignore_errors=True)


def _wait_for(ground: Ground, home: House, first: datetime, apart: timedelta) -> None:
    write(ground.s3.address, waiting(WAITING, first, apart, f"http://{home.origin}"))


def _check(home: House, number: int) -> None:
    """Raises BenchError if the copied bucket does not have its tasks."""
    found = sum(1 for _ in home.bucket.list("catalog/"))
    if found < number / 200:
        raise BenchError(f"A bucket with {number:,} tasks has {found:,} objects in its catalogue.")


def _say(what: str) -> None:
    sys.stderr.write(f"growth: {what}\n")
