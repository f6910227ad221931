"""What is run in a house: tasks one by one, many at the same time, or at a rate."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from bench.rounds import percentile
from bench.way.house import House
from bench.way.sender import Sent

# Between two tasks, so that the one before has done all of its work, after its manifest too.
PAUSE_S = 0.05
# A burst begins with nothing downloaded and ends with few left: both ends are left out.
_RAMP = 0.1


def one_by_one(home: House, count: int) -> list[Sent]:
    """Each task begins when the one before has its manifest."""
    sent = []
    for callback in home.callbacks(count):
        sent += home.sender.send([callback])
        home.manifests([callback.task_id])
        time.sleep(PAUSE_S)
    return sent


def at_once(home: House, count: int) -> float:
    """Tasks a second, of many that come at the same time."""
    sent = home.sender.send(home.callbacks(count))
    moments = sorted(seen.moment_s for seen in home.manifests([each.task_id for each in sent]).values())
    first, last = int(count * _RAMP), int(count * (1 - _RAMP))
    return (last - first) / (moments[last] - moments[first])


def at_rate(home: House, per_s: float, for_s: float) -> list[Sent]:
    """So many a second, whatever becomes of them."""
    return home.sender.send(home.callbacks(int(per_s * for_s), apart_s=1 / per_s))


def ways(home: House, sent: Sequence[Sent]) -> dict[str, Any]:
    """How long these took: to their manifests, and to their answers."""
    seen = home.manifests([each.task_id for each in sent])
    took_ms = [(seen[each.task_id].moment_s - each.began_s) * 1000 for each in sent]
    answers_ms = [(each.answered_s - each.began_s) * 1000 for each in sent]
    return {
        "p50_ms": percentile(took_ms, 50),
        "p99_ms": percentile(took_ms, 99),
        "answer_p50_ms": percentile(answers_ms, 50),
        "answer_p99_ms": percentile(answers_ms, 99),
        "tasks": len(sent),
    }
