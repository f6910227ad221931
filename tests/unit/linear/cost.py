"""How the cost of something grows with the size of what it is given: a ratio, and no time of any machine."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

# What is linear costs twice as much for twice the size, what is quadratic four times.
LINEAR_BELOW = 3.0
_CLEAR_BELOW = 2.5
# A run of this length is told from the clock's own steps.
_ENOUGH_S = 0.003
_TIMES = 5


def growth(run: Callable[[int], object], *, least: int, most: int) -> float:
    """How many times as much a doubled size costs, at the size where the cost can be measured.

    A size of `most` that costs less than can be measured is called 1. Only this thread's own work counts, the
    cheapest of several runs, so that a busy machine does not matter.
    """
    size = least
    while (once := _cost(run, size)) < _ENOUGH_S:
        if size >= most:
            return 1.0
        size *= 2
    twice = _cost(run, 2 * size)
    for _ in range(_TIMES):
        if twice < _CLEAR_BELOW * once:
            break
        once, twice = min(once, _cost(run, size)), min(twice, _cost(run, 2 * size))
    return twice / once


def _cost(run: Callable[[int], object], size: int) -> float:
    """Seconds of this thread's processor."""
    gc.disable()
    try:
        began = time.thread_time()
        run(size)
        return time.thread_time() - began
    finally:
        gc.enable()
