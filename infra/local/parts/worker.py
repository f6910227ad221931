"""A worker, ready when its heart beats."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from infra.local.parts.part import Part
from infra.local.parts.process import PROJECT, Process

# At SIGTERM it ends what can be ended and gives back what cannot, within 5 s (workers/resources.py).
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
    return Part("worker", lambda: beats(redis_url, process.pid), process, stop_s=_STOP_S)


def beats(redis_url: str, pid: int) -> bool:
    """Whether the worker with this process id has begun to beat on this Redis."""
    # Redis's client takes a while to load: not before somebody asks.
    from archive.errors import QueueUnavailable  # noqa: PLC0415
    from runtime.heartbeats import Heartbeats  # noqa: PLC0415

    heartbeats = Heartbeats(redis_url)
    try:
        living = [seen.heartbeat for seen in heartbeats.living()]
    except QueueUnavailable:
        return False
    finally:
        heartbeats.close()
    return any(beat.role == "worker" and beat.pid == pid for beat in living)
