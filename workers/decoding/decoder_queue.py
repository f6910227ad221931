"""Who gets the next decoder: nearly the one that asked first, and never one task all of them.

Each asking has a rank, and the lowest comes first. Ranks count up with the askings; the second image of a task
that waits or is in hand comes as if some others had asked before it, the third as if twice as many, and so on. So a
task of thirty images that take long lets others pass between them, and cannot be passed for ever. Where there
are several decoders, one of them is always left to others than the task that has the rest.
Who has no time asks as if before everybody else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

# How many others pass between two images of one task. A worker has 8 threads, so this many tasks at most wait.
PASSING: Final = 8
# More than ever ask at the same time.
_BEFORE_ALL: Final = 1_000_000_000


class Closed(Exception):
    """Nobody gets a place any more."""


@dataclass(eq=False, slots=True)
class _Asking:
    task: object
    rank: int


class DecoderQueue:
    """Gives out places at the decoders; safe for many threads."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._most_a_task = max(1, places - 1)
        self._changed = threading.Condition()
        self._askings = 0
        self._waiting: list[_Asking] = []
        self._in_hand: dict[object, int] = {}
        self._closed = False

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        with self._changed:
            return len(self._waiting)

    @contextmanager
    def place(self, task: str | None, until: float, *, first: bool = False) -> Iterator[None]:
        """Hold a place within this block. `until` is of `time.monotonic()`; who names no task is one by itself.

        `first`: before all who do not say so.

        Raises:
            TimeoutError: before the block, if no place was to be had by then.
            Closed: before the block.
        """
        owner: object = object() if task is None else task
        self._wait(owner, until, first=first)
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._in_hand[owner] -= 1
                if not self._in_hand[owner]:
                    del self._in_hand[owner]
                self._changed.notify_all()

    def close(self) -> None:
        """Send away who waits; places that are held stay so until they are given back."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _wait(self, owner: object, until: float, *, first: bool) -> None:
        if time.monotonic() >= until:
            raise TimeoutError
        with self._changed:
            before = self._in_hand.get(owner, 0) + sum(asking.task == owner for asking in self._waiting)
            rank = self._askings + PASSING * before - (_BEFORE_ALL if first else 0)
            asking = _Asking(owner, rank)
            self._askings += 1
            self._waiting.append(asking)
            try:
                while self._next() is not asking:
                    left_s = until - time.monotonic()
                    if left_s <= 0:
                        raise TimeoutError
                    self._changed.wait(left_s)
                self._free -= 1
                self._in_hand[owner] = self._in_hand.get(owner, 0) + 1
            finally:
                self._waiting.remove(asking)
                self._changed.notify_all()

    def _next(self) -> _Asking | None:
        """Whose turn it is, if anybody's. Raises Closed."""
        if self._closed:
            raise Closed
        if not self._free:
            return None
        may = (each for each in self._waiting if self._in_hand.get(each.task, 0) < self._most_a_task)
        return min(may, key=lambda asking: asking.rank, default=None)
