"""Threads that a worker keeps free for what has no time: links that live for an hour or less.

Celery's threads do whatever is rung for, and a host that is slow may hold all of them for the length of a run. A link of
ten minutes would be dead by then, with as many bells again taken and not begun. So its bells are

    taken by Celery     only while one of its threads is free to begin immediately (`workers/listening/bell_channel.py`)
    taken by the lane   always, up to a bound: by threads that do nothing else
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from archive.bell import Bell, Job
from archive.errors import ForeignBell
from archive.queue.short_bells import ShortBells
from runtime.guarded import Guarded
from runtime.seldom import Seldom
from workers.listening import bell_message

log = logging.getLogger(__name__)

# Of so many threads of Celery's one is added for the lane, two at least: a slow link of the same kind holds one.
THREADS_EACH: Final = 4
THREADS_LEAST: Final = 2
# Redis is back for seconds before the lane listens again at most.
PAUSE_MOST_S: Final = 2.0
# How long it may take to notice that it is to stop, while all of its threads are busy.
_LOOK_S: Final = 0.2

Answer = Callable[[Job, Sequence[Any], Mapping[str, Any]], None]


def lane_threads(worker_threads: int) -> int:
    """How many threads a worker keeps free beside its own."""
    return max(THREADS_LEAST, worker_threads // THREADS_EACH)


def with_lane(worker_threads: int) -> int:
    """How many jobs a worker has in hand at the same time, at the most."""
    return worker_threads + lane_threads(worker_threads)


class ShortLane:
    """Takes bells for which there is a thread, and does their jobs. `answer` does one, and raises what went wrong."""

    def __init__(self, bells: ShortBells, answer: Answer, *, threads: int, stopping: threading.Event) -> None:
        self._bells, self._answer, self._stopping = bells, answer, stopping
        self._places = threading.BoundedSemaphore(threads)
        self._lock = threading.Lock()
        self._in_hand = 0
        self._seldom = Seldom(log)
        self._jobs = ThreadPoolExecutor(threads, thread_name_prefix="short")
        self._thread = Guarded("short-lane", self._next, pause_most_s=PAUSE_MOST_S)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Take no more bells, and end the jobs that are under way, as Celery does with its own."""
        self._thread.stop(timeout_s)
        self._jobs.shutdown(wait=True)
        self._bells.close()

    @property
    def in_hand(self) -> int:
        """How many jobs are under way."""
        return self._in_hand

    def _next(self) -> float | None:
        """Take one bell, if there is a thread for it. Raises QueueUnavailable."""
        if self._stopping.is_set():
            return None
        if not self._places.acquire(timeout=_LOOK_S):
            return 0.0
        begun = False
        try:
            rung = self._taken()
            if rung is not None:
                self._jobs.submit(self._do, rung)
                begun = True
        finally:
            if not begun:
                self._places.release()
        return 0.0

    def _taken(self) -> Bell | None:
        item = self._bells.take()
        if item is None:
            return None
        try:
            return bell_message.read(item)
        except ForeignBell as error:
            self._seldom.tell(logging.WARNING, str(error), "dropped what is no bell of ours: %s", error)
            return None

    def _do(self, rung: Bell) -> None:
        try:
            self._count(1)
            self._answer(rung.job, rung.arguments, {})
        except Exception:  # its entry is the sweep's again, when its lease is over
            log.exception("%s: a job failed", rung.key)
        finally:
            self._count(-1)
            self._places.release()

    def _count(self, by: int) -> None:
        with self._lock:
            self._in_hand += by
