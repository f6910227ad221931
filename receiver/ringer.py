"""Rings for batches that are durable, from a thread of its own: a slow Redis holds up no answer.

A hundred bells may wait (docs/decisions/0008), and a hundred of batches whose links live short, which go first. While
Redis is away they are kept, for as long as the sweep would not ring in their place.
"""

from __future__ import annotations

import itertools
import logging
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from archive import layout
from archive.errors import QueueUnavailable
from archive.queue.doorbell import CARRY_MAX_BYTES, Doorbell
from archive.records.delivery import accepted_in
from runtime.guarded import Guarded
from runtime.logs.step import tell
from runtime.logs.subject import about, joined
from runtime.metrics.meters import Meters
from runtime.metrics.registry import BELLS

log = logging.getLogger(__name__)

# Bells that may wait while one is being sent. With one place, a burst of twelve callbacks had a bell dropped and
# its task waited 60 s for the sweep; a hundred outlast any burst that Redis answers.
BELLS_WAITING = 100
# By then the sweep rings (INBOX_GRACE_S).
KEPT_S = 60.0
# Redis is back for seconds before anybody rings at most.
PAUSE_MOST_S = 2.0
# How long it may take to notice that it is to stop.
_LOOK_S = 0.2


class _Bell(NamedTuple):
    # They are compared by these two.
    later: bool
    number: int
    key: str
    batch: bytes | None
    deliveries: str
    at: float


class Ringer:
    """Bells in, messages out. Safe to use from many threads."""

    def __init__(
        self,
        doorbell: Doorbell,
        *,
        clock: Callable[[], float] = time.monotonic,
        meters: Meters | None = None,
    ) -> None:
        self._doorbell, self._clock, self._meters = doorbell, clock, meters or Meters("receiver")
        self._waiting: queue.PriorityQueue[_Bell] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._held: Counter[bool] = Counter()
        self._in_hand: _Bell | None = None
        self._thread = Guarded("ringer", self._next, pause_most_s=PAUSE_MOST_S, drains=True)

    def start(self) -> None:
        """Begin to ring."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Ring what waits and end, within the time given."""
        self._thread.stop(timeout_s)

    @property
    def waiting(self) -> int:
        """How many bells are still to be rung."""
        return self._waiting.qsize() + (self._in_hand is not None)

    def ring(self, key: str, batch: bytes) -> None:
        """Ring for a batch soon; dropped where too many wait, since the sweep rings too."""
        # What is too large to ride along is not held either.
        carried = batch if len(batch) <= CARRY_MAX_BYTES else None
        later, ids = not layout.is_short(key), joined(each.id for each in accepted_in(batch))
        with self._lock:
            if self._held[later] < BELLS_WAITING:
                self._held[later] += 1
                self._waiting.put(_Bell(later, next(self._numbers), key, carried, ids, self._clock()))
                return
        self._meters.count(BELLS, "dropped")
        log.debug("bell dropped for %s", key)

    def _next(self) -> float | None:
        """Ring for the next bell. Raises QueueUnavailable; the bell is tried again then."""
        bell = self._in_hand or self._taken()
        if bell is None:
            return None if self._thread.stopping else 0.0
        self._in_hand = None
        if self._clock() - bell.at >= KEPT_S:
            self._meters.count(BELLS, "too_old")
            return 0.0
        try:
            self._doorbell.ring_settle(bell.key, bell.batch)
        except QueueUnavailable:
            self._in_hand = bell
            raise
        self._meters.count(BELLS, "rung")
        with about(delivery=bell.deliveries):
            tell(log, "rung", batch=bell.key)
        return 0.0

    def _taken(self) -> _Bell | None:
        """The next bell, waited for for a moment."""
        try:
            bell = self._waiting.get(timeout=_LOOK_S)
        except queue.Empty:
            return None
        with self._lock:
            self._held[bell.later] -= 1
        return bell
