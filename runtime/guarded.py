"""The guard of every thread that must live: whatever it raises is told and waited for, and then it goes on.

step returns seconds         they are waited, then comes the next step
step returns None            the thread has done its work, and ends
step raises, whatever        told at growing distances; the pause grows too, up to a bound, with jitter
stop                         no step more; of a thread that drains, steps until one returns None or fails

A test holds every `threading.Thread` of receiver, workers and archive to this file, or to a list with reasons.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Protocol

from archive.errors import FixativeError
from runtime.seldom import Seldom

log = logging.getLogger(__name__)

PAUSE_FIRST_S = 0.5
PAUSE_MOST_S = 30.0


class Guarded:
    """A thread that runs `step` over and over, from `start` to `stop`, and that nothing else ends."""

    def __init__(
        self,
        name: str,
        step: Callable[[], float | None],
        *,
        first_s: float = 0.0,
        pause_most_s: float = PAUSE_MOST_S,
        drains: bool = False,
    ) -> None:
        self._name, self._step = name, step
        self._first_s, self._pause_most_s, self._drains = first_s, pause_most_s, drains
        self._stopping = threading.Event()
        self._failures = 0
        self._seldom = Seldom(log)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Begin; the first step comes after `first_s`."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """End after the step that is under way, or after all that is to be drained; waits so long at most."""
        self._stopping.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout_s)

    def alive(self) -> bool:
        """Whether it runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        pause_s: float | None = self._first_s
        while pause_s is not None:
            if pause_s > 0:
                self._stopping.wait(pause_s)
            if self._stopping.is_set() and not self._drains:
                return
            pause_s = self._next()

    def _next(self) -> float | None:
        """One step; the pause after it, or None at the end."""
        try:
            pause_s = self._step()
        # Also what is no Exception: SystemExit would end the thread without a word.
        except BaseException as error:  # noqa: BLE001 - it is told, and the thread must live on
            return self._after(error)
        if self._failures:
            again = "%s: goes on after %d failures"
            self._seldom.tell(logging.INFO, "again", again, self._name, self._failures)
            self._failures = 0
        return pause_s

    def _after(self, error: BaseException) -> float | None:
        """Tell what a step raised; how long to wait, or None where nobody wants it to go on."""
        self._failures += 1
        if isinstance(error, FixativeError):  # its sentence says all
            kind = (type(error).__name__, getattr(error, "reason", ""))
            self._seldom.tell(logging.WARNING, kind, "%s: %s; trying again", self._name, error)
        else:
            self._seldom.tell(
                logging.ERROR, type(error).__name__, "%s failed; going on", self._name, error=error
            )
        if self._stopping.is_set():
            return None
        return growing_pause_s(self._failures, self._pause_most_s)


def growing_pause_s(failures: int, most_s: float = PAUSE_MOST_S) -> float:
    """The pause after so many failures in a row: doubled each time up to a bound, spread over its upper half."""
    pause_s = min(most_s, PAUSE_FIRST_S * 2.0 ** min(failures - 1, 16))
    return pause_s * random.uniform(0.5, 1.0)  # noqa: S311 - jitter


class Stoppable(Protocol):
    """A part that runs until it is told to end."""

    def stop(self, timeout_s: float) -> None:
        """End, and wait so long at most."""


def stop_together(within_s: float, *parts: Stoppable) -> None:
    """Tell all, then wait for them: all may hang at the same store, and one after the other their waits would add up."""
    for part in parts:
        part.stop(0.0)
    until = time.monotonic() + within_s
    for part in parts:
        part.stop(max(0.0, until - time.monotonic()))
