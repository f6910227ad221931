"""Time as a quiet machine would count it, so that no test fails because the machine does other things.

A bound of a test is what the work may take where nothing else runs. How much slower the machine is just now is
measured: by the time that a little work takes beside what it needs, and by how many processes wait for a core.
"""

from __future__ import annotations

import os
import time
from typing import Self

# Long enough to be interrupted where others want the core, short enough to be repeated.
_WORK_S = 0.01
# How often somebody who waits measures anew: soon, and then by the share of what was waited, as a measurement takes
# time of a core that what is waited for could use.
_EVERY_S, _EVERY, _EVERY_MOST_S = 0.5, 0.2, 5.0


def slowness() -> float:
    """How many times slower the machine is than it would be if it did nothing else; 1 at least."""
    began, spent = time.monotonic(), time.thread_time()
    while time.thread_time() - spent < _WORK_S:
        pass
    waited = (time.monotonic() - began) / _WORK_S
    queued = os.getloadavg()[0] / (os.cpu_count() or 1)
    return max(1.0, waited, queued)


class Stopwatch:
    """How long something takes, and whether that is within a bound on a machine as slow as this one is now."""

    def __init__(self) -> None:
        self.took_s = 0.0
        self._slowness = 1.0
        self._began = 0.0

    def __enter__(self) -> Self:
        self._slowness = slowness()
        self._began = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.took_s = time.monotonic() - self._began
        self._slowness = max(self._slowness, slowness())

    def within(self, bound_s: float) -> bool:
        """Whether it took no longer than a bound for a quiet machine allows here."""
        return self.took_s < bound_s * self._slowness

    def __repr__(self) -> str:
        return f"{self.took_s:.2f} s on a machine that is {self._slowness:.1f} times slower than a quiet one"


class Patience:
    """So many seconds of a quiet machine; more of one that does other things."""

    def __init__(self, seconds: float) -> None:
        self._left_s = seconds
        self._began = self._at = time.monotonic()
        self._slowness, self._measured_at = 1.0, self._at

    @property
    def over(self) -> bool:
        """Whether that time is over; to be asked again and again while one waits."""
        now = time.monotonic()
        if now - self._measured_at >= min(max(_EVERY_S, _EVERY * (now - self._began)), _EVERY_MOST_S):
            self._slowness, self._measured_at = slowness(), now
        self._left_s -= (now - self._at) / self._slowness
        self._at = now
        return self._left_s <= 0
