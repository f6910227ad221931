"""A worker, ready when it answers the bell."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from infra.local.part import Part
from infra.local.process import PROJECT, Process

# A worker that is up answers within milliseconds; all of this is waited, as others might answer too.
_ANSWER_S = 0.5
# At SIGTERM it ends what can be ended and gives back what cannot; issue 3 allows 5 s.
_STOP_S = 10.0


def part(data: Path, environment: Mapping[str, str], redis_url: str) -> Part:
    """The worker, not yet started."""
    process = Process(
        "worker",
        [sys.executable, "-m", "workers"],
        folder=PROJECT,
        log=data / "log" / "worker.log",
        environment=environment,
    )
    return Part("worker", lambda: answers(redis_url), process, stop_s=_STOP_S)


def answers(redis_url: str) -> bool:
    """Whether a worker on this queue is alive."""
    # Celery takes a third of a second to load: not before somebody asks.
    from archive.doorbell import Doorbell  # noqa: PLC0415
    from archive.errors import QueueUnavailable  # noqa: PLC0415

    doorbell = Doorbell(redis_url)
    try:
        return bool(doorbell.workers_alive(timeout_s=_ANSWER_S))
    except QueueUnavailable:
        return False
    finally:
        doorbell.close()
