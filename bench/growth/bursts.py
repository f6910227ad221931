"""What is measured of a house in a round: tasks one by one, then many at the same time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from archive import layout
from bench.errors import BenchError
from bench.way.house import House
from bench.way.runs import at_once, one_by_one, ways
from infra.local.wait import until

WARM, IDLE, BURST = 10, 20, 60
_REST_S = 30.0
# Work under way is due when its lease ends, which is sooner; what waits is due later.
_UNDER_WAY = timedelta(minutes=20)

Figures = dict[str, Any]


def warm(home: House) -> None:
    """What a house does only once is done before it is measured."""
    one_by_one(home, WARM)
    at_once(home, BURST)
    rest(home)


def idle_then_burst(home: House) -> Figures:
    """Tasks one by one, then a burst: CPU of the workers for a task, tasks a second, S3 requests for a task.

    CPU is counted until nothing is left to do, catalogue and DELETE included; the rate is of the manifests in
    the middle of a burst. Requests are counted one by one: a batch of the inbox and of the catalogue for each
    task, which makes them the most that a task costs.
    """
    sent = one_by_one(home, IDLE)
    seen = home.manifests([each.task_id for each in sent])
    asked = seen[sent[-1].task_id].requests - seen[sent[0].task_id].requests
    return {
        "idle_p50_ms": ways(home, sent)["p50_ms"],
        "s3_requests": asked / (IDLE - 1),
        **burst(home, BURST),
    }


def burst(home: House, count: int) -> Figures:
    """So many at the same time."""
    rest(home)
    before_s = home.cpu_s()
    per_s = at_once(home, count)
    rest(home)
    return {"cpu_ms": (home.cpu_s() - before_s) * 1000 / count, "images_per_s": per_s}


def rest(home: House) -> None:
    """Wait until nothing is left to do now. Raises BenchError."""
    if not until(lambda: not _works(home), _REST_S):
        raise BenchError(f"The worker did not come to rest within {_REST_S:g} s.")


def _works(home: House) -> bool:
    # In this order: a batch is removed from the inbox after its work stands in due.
    if any(home.bucket.list(layout.INBOX, most=1)):
        return True
    soon = home.bucket.now() + _UNDER_WAY
    return any(layout.read_due_key(entry.key).when < soon for entry in home.bucket.list(layout.DUE, most=1))
