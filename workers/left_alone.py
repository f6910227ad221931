"""What a newer version wrote and this process leaves alone: when each is looked at again, further and further apart.

A newer worker has a sweep of its own, which rings for it. So nothing is lost by looking seldom, and a bucket full of
newer records costs an older worker little.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

# A worker of the newer version has been started by then, or is about to be.
FIRST_S = 60.0
MOST_S = 3600.0
# Keys that are remembered; of more, those that were met first are looked at again sooner.
KEYS_MOST = 10_000


class _Rest(NamedTuple):
    until: float
    distance_s: float


class LeftAlone:
    """The keys of one process. Safe to use from many threads."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic, self._lock = monotonic, threading.Lock()
        self._rests: OrderedDict[str, _Rest] = OrderedDict()

    def note(self, key: str) -> None:
        """A newer record was met under this key, or under one that its work needs."""
        with self._lock:
            known = self._rests.pop(key, None)
            distance_s = min(MOST_S, 2 * known.distance_s) if known else FIRST_S
            self._rests[key] = _Rest(self._monotonic() + distance_s, distance_s)
            if len(self._rests) > KEYS_MOST:
                self._rests.popitem(last=False)

    def rests(self, key: str) -> bool:
        """Whether it is too early to look at this key again."""
        with self._lock:
            known = self._rests.get(key)
        return known is not None and known.until > self._monotonic()

    def knows(self, key: str) -> bool:
        """Whether this key was met before."""
        with self._lock:
            return key in self._rests
