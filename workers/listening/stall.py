"""Notice a worker that has gone deaf, and end it for the supervisor to start it again.

Celery has stopped consuming after broken connections more than once, alive and without a word
(https://github.com/celery/celery/issues/8030, /10205). So hearing is measured, not believed:

    deaf    bells wait, a thread is free, and no job has begun for a while
    stuck   bells wait, every thread is busy, and none has finished for longer than a run may take

Nothing is lost by ending it: the bucket holds what is unfinished.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from archive.errors import QueueUnavailable
from runtime.guarded import Guarded

log = logging.getLogger(__name__)

# A free thread takes a waiting bell within milliseconds; Celery's own reconnecting takes up to about 30 s.
DEAF_AFTER_S = 60.0
# A job is bounded by its run; one of them longer than that and a half again is stuck beyond its own bounds.
STUCK_AFTER_RUNS = 1.5
LOOK_EVERY_S = 5.0
# How long what is in hand may take to give itself back before the process ends.
GIVE_BACK_S = 5.0
EXIT_CODE = 75  # EX_TEMPFAIL: start me again


class Stall:
    """Counts jobs as they begin and end; `start` watches in a thread of its own."""

    def __init__(
        self,
        waiting: Callable[[], int],
        *,
        threads: int,
        run_s: float,
        stopping: threading.Event,
        end: Callable[[int], object] = os._exit,
        clock: Callable[[], float] = time.monotonic,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._waiting, self._threads, self._run_s = waiting, threads, run_s
        self._stopping, self._end, self._clock = stopping, end, clock
        self._look_every_s = look_every_s
        self._lock = threading.Lock()
        self._in_hand = 0
        # Since when bells have been waiting without a pause; None while there are none, or nobody knows.
        self._waited_since: float | None = None
        self._began_at = self._ended_at = clock()
        self._thread = Guarded("stall", self._watch, first_s=look_every_s)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """End the watch, within the time given."""
        self._thread.stop(timeout_s)

    @property
    def in_hand(self) -> int:
        """How many jobs are under way."""
        return self._in_hand

    def heard(self) -> None:
        """Something was taken from a queue that was no job: who drops what is not ours is not deaf."""
        with self._lock:
            self._began_at = self._clock()

    @contextmanager
    def job(self) -> Iterator[None]:
        """Count a job from its beginning to its end."""
        with self._lock:
            self._in_hand += 1
            self._began_at = self._clock()
        try:
            yield
        finally:
            with self._lock:
                self._in_hand -= 1
                self._ended_at = self._clock()

    def look(self) -> str | None:
        """What is wrong, or None. Called again and again; bells that wait are timed from call to call."""
        now = self._clock()
        try:
            waiting = self._waiting()
        except QueueUnavailable:
            waiting = 0  # without Redis nobody hears anything, and that is not this worker's fault
        if not waiting:
            self._waited_since = None
            return None
        self._waited_since = self._waited_since if self._waited_since is not None else now
        with self._lock:
            free = self._in_hand < self._threads
            quiet_s = now - max(self._waited_since, self._began_at if free else self._ended_at)
        if free and quiet_s > DEAF_AFTER_S:
            return f"deaf: {waiting} bells wait, a thread is free, and no job began for {quiet_s:.0f} s"
        if not free and quiet_s > STUCK_AFTER_RUNS * self._run_s:
            return f"stuck: {waiting} bells wait, and no job ended for {quiet_s:.0f} s"
        return None

    def _watch(self) -> float | None:
        """One look; the pause until the next, or None once the worker is ended."""
        wrong = self.look()
        if wrong is None or self._stopping.is_set():
            return self._look_every_s
        log.critical("worker is %s; ending it, to be started again", wrong)
        self._stopping.set()
        ends = self._clock() + GIVE_BACK_S
        while self._in_hand and self._clock() < ends and not self._thread.stopping:
            time.sleep(0.1)
        self._end(EXIT_CODE)
        return None
