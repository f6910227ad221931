"""Waiting for a condition, never longer than told."""

from __future__ import annotations

import time
from collections.abc import Callable

Probe = Callable[[], bool]

# Short enough not to be noticed in a start, long enough to cost nothing.
_BETWEEN_S = 0.05


def until(condition: Probe, within_s: float, between_s: float = _BETWEEN_S) -> bool:
    """Wait until the condition holds; tell whether it did in time."""
    end_s = time.monotonic() + within_s
    while not condition():
        if time.monotonic() >= end_s:
            return False
        time.sleep(between_s)
    return True


def never() -> bool:
    """A condition that does not come about."""
    return False
