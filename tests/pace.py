"""Time as a quiet machine would count it, so that no test fails because the machine does other things.

A bound of a test is what the work may take where nothing else runs. How much slower the machine is just now is
measured: by the time that a little work takes beside what it needs, and by how many processes wait for a core.
Only what computes is slower there: a lease that must run out takes its four minutes on every machine. So patience is
stretched by a few times at most, and a wait that only a stretched patience bore is told at the end of the run.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Self

# Long enough to be interrupted where others want the core, short enough to be repeated.
_WORK_S = 0.01
# How often somebody who waits measures anew: soon, and then by the share of what was waited, as a measurement takes
# time of a core that what is waited for could use.
_EVERY_S, _EVERY, _EVERY_MOST_S = 0.5, 0.2, 5.0
# `make test` runs eight processes, and a machine may do five other things; two cores are then this much slower.
# The usual wait of 30 s ends before a lease of four minutes does, so that no lease stands in for what should be rung.
STRETCH_MOST = 6.0


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
        self.slowness = 1.0
        self._began = 0.0

    def __enter__(self) -> Self:
        self.slowness = slowness()
        self._began = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.took_s = time.monotonic() - self._began
        self.slowness = max(self.slowness, slowness())

    def within(self, bound_s: float) -> bool:
        """Whether it took no longer than a bound for a quiet machine allows here."""
        return self.took_s < bound_s * self.slowness

    def __repr__(self) -> str:
        return f"{self.took_s:.2f} s on a machine that is {self.slowness:.1f} times slower than a quiet one"


class Patience:
    """So many seconds of a quiet machine; more of one that does other things, up to `STRETCH_MOST` times as many."""

    def __init__(
        self,
        seconds: float,
        *,
        measured: Callable[[], float] = slowness,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._measured, self._clock = measured, clock
        self._quiet_s = self._left_s = seconds
        self._began = self._at = clock()
        self._slowness, self._measured_at = 1.0, self._at

    @property
    def over(self) -> bool:
        """Whether that time is over; to be asked again and again while one waits."""
        now = self._clock()
        if now - self._measured_at >= min(max(_EVERY_S, _EVERY * (now - self._began)), _EVERY_MOST_S):
            self._slowness, self._measured_at = min(self._measured(), STRETCH_MOST), now
        self._left_s -= (now - self._at) / self._slowness
        self._at = now
        return self._left_s <= 0

    def told(self, what: str) -> str:
        """A sentence, if a quiet machine's time was over before what was waited for came; else nothing."""
        waited_s = self._clock() - self._began
        if waited_s <= self._quiet_s:
            return ""
        return f"{what}: came after {waited_s:.0f} s, where {self._quiet_s:g} s are enough on a quiet machine"


def until(condition: Callable[[], bool], within_s: float, between_s: float = 0.05) -> bool:
    """Wait until a condition holds, so many seconds of a quiet machine at most; tell whether it did."""
    patience = Patience(within_s)
    while not condition():
        if patience.over:
            return False
        time.sleep(between_s)
    return True
