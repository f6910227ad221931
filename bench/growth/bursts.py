"""What is measured of a house: tasks one by one, and many at the same time."""

from __future__ import annotations

import itertools
import time
from datetime import timedelta
from typing import Any

from archive import layout
from bench.errors import BenchError
from bench.growth.contents import place_of
from bench.rounds import medians
from bench.way.house import House
from bench.way.runs import at_once, one_by_one, ways
from infra.local.wait import until

WARM, IDLE, BURST = 10, 20, 60
# Of a backlog: those that are done before it is looked at, and those that are looked at.
_BEFORE, _STRETCH = 30, 190
_REST_S, _STRETCH_S = 30.0, 120.0
_LOOK_S = 0.02
# Work under way is due when its lease ends, which is sooner; what waits is due later.
_UNDER_WAY = timedelta(minutes=20)

Figures = dict[str, Any]


def idle_then_bursts(home: House, bursts: int) -> Figures:
    """Tasks one by one, then so many bursts: CPU of the workers for a task, tasks a second, S3 requests for a task.

    CPU is counted until nothing is left to do, catalogue and DELETE included; the rate is of the manifests in
    the middle of a burst. Requests are counted one by one: a batch of the inbox and of the catalogue for each
    task, which makes them the most that a task costs.
    """
    one_by_one(home, WARM)
    sent = one_by_one(home, IDLE)
    seen = home.manifests([each.task_id for each in sent])
    asked = seen[sent[-1].task_id].requests - seen[sent[0].task_id].requests
    idle = {"idle_p50_ms": ways(home, sent)["p50_ms"], "s3_requests": asked / (IDLE - 1)}
    return {**medians([idle]), **in_bursts(home, bursts)}


def in_bursts(home: House, bursts: int) -> Figures:
    """The bursts alone; medians."""
    told = []
    _rest(home)
    for _ in range(bursts):
        before_s = home.cpu_s()
        per_s = at_once(home, BURST)
        _rest(home)
        told.append({"cpu_ms": (home.cpu_s() - before_s) * 1000 / BURST, "images_per_s": per_s})
    figures: Figures = medians(told)
    return figures


def of_backlog(home: House, known: int) -> Figures:
    """A stretch of a backlog that waits, and how far out of its order it is served.

    `known` are the manifests that were there before the backlog was.
    """
    _reached(home, known + _BEFORE)
    first, cpu_s, began_s = len(home.seen()), home.cpu_s(), time.monotonic()
    before = _requests(home)
    _reached(home, first + _STRETCH)
    count, used_s, took_s = len(home.seen()) - first, home.cpu_s() - cpu_s, time.monotonic() - began_s
    asked = _requests(home) - before
    places = [place_of(task) for task in itertools.islice(home.seen(), known, None)]
    figures: Figures = medians(
        [
            {
                "cpu_ms": used_s * 1000 / count,
                "images_per_s": count / took_s,
                "s3_requests": asked / count,
                # 0: the ones that are done are the very first.
                "out_of_order": max(places) + 1 - len(places),
            }
        ]
    )
    return figures


def _requests(home: House) -> int:
    """Of the workers to S3, so far."""
    return max(seen.requests for seen in home.seen().values())


def _reached(home: House, many: int) -> None:
    if not until(lambda: len(home.seen()) >= many, _STRETCH_S, _LOOK_S):
        raise BenchError(f"The backlog is not served: {len(home.seen())} manifests after {_STRETCH_S:g} s.")


def _rest(home: House) -> None:
    """Wait until nothing is left to do now. Raises BenchError."""
    if not until(lambda: not _works(home), _REST_S):
        raise BenchError(f"The worker did not come to rest within {_REST_S:g} s.")


def _works(home: House) -> bool:
    # In this order: a batch is removed from the inbox after its work stands in due.
    if any(home.bucket.list(layout.INBOX, most=1)):
        return True
    soon = home.bucket.now() + _UNDER_WAY
    return any(layout.read_due_key(entry.key).when < soon for entry in home.bucket.list(layout.DUE, most=1))
