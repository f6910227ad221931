"""The soak, for some seconds: nothing piles up that a short time would show. `make soak` runs it for 20 minutes."""

from __future__ import annotations

from pathlib import Path

from bench.ground import stood
from bench.soak.measure import Allowed, soak

FOR_S = 20.0
# What a machine that runs other tests can do beside them; a hundred tasks show a descriptor that each leaves open.
MOST_PER_S = 6.0
# A busy machine's bursts make the processes grow in steps: a leak of a descriptor for each task is told all the same.
LOOSELY = Allowed(memory_mb=64.0, descriptors=24.0, connections=24.0, share=0.25)


def test_twenty_seconds_at_half_the_full_rate_leave_everything_flat(tmp_path: Path) -> None:
    with stood(tmp_path / "soak", tmp_path) as ground:
        soaked = soak(ground, FOR_S, burst=20, every_s=0.5, most_per_s=MOST_PER_S)

    assert soaked.tasks > LOOSELY.descriptors
    assert [] == soaked.not_flat(LOOSELY)
    assert {"receiver", "worker 1", "console", "redis"} == set(soaked.trends)
