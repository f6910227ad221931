"""A connection's deadline, moved again and again: its timer is set anew only when it goes off too early."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

# uvloop counts milliseconds, and of less than half of one it makes no timer that could be asked for its time.
LEAST_S = 0.001


class Deadline:
    """Calls `late` once, when the last time that was set is over."""

    __slots__ = ("_at", "_late", "_loop", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, late: Callable[[], None]) -> None:
        self._loop, self._late = loop, late
        self._timer: asyncio.TimerHandle | None = None
        self._at = 0.0

    def within(self, seconds: float) -> None:
        """Set it so far from now, in place of what was set before. A request costs no timer by that."""
        self._at = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._at:
            self._set()

    def cancel(self) -> None:
        """Call nobody any more, and hold nobody."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._late = _nobody

    def _set(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(max(self._at - self._loop.time(), LEAST_S), self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        if self._loop.time() < self._at:
            self._set()
        else:
            self._late()


def _nobody() -> None:
    """Who is called after the connection has ended."""
