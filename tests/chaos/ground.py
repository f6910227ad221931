"""Processes that the suite keeps: S3, the simulator, the stack, a second worker; each comes back when it is killed.

The keeper of the local stack does the work, in a thread that lives as long as they do.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from infra.local.ending import Ending
from infra.local.errors import LocalError
from infra.local.keeper import START_S, Keeper
from infra.local.parts.part import Part
from infra.local.roll import Roll

_STOP_S = 90.0


class Ground:
    """A few processes, restarted for ever."""

    def __init__(self, roll: Path, parts: Sequence[Part]) -> None:
        self._parts = list(parts)
        self._ending = Ending()
        self._keeper = Keeper(Roll(roll), self._ending, lambda _text: None)
        self._ready = threading.Event()
        self._trouble: LocalError | None = None
        self._thread = threading.Thread(target=self._keep, name=f"keeper of {roll.stem}", daemon=True)

    def pid(self, name: str) -> int:
        """The process id that a part has now, or had last."""
        return self._keeper.pids()[name]

    def start(self) -> None:
        """Start them and wait until all are ready."""
        self._thread.start()
        self._ready.wait(START_S + 30)
        if self._trouble:
            raise self._trouble

    def stop(self) -> None:
        """End all, in the order in which they were named."""
        self._ending.ask()
        self._thread.join(_STOP_S)

    def _keep(self) -> None:
        try:
            self._keeper.start(self._parts, time.monotonic() + START_S)
            self._ready.set()
            self._keeper.keep()
        except LocalError as trouble:
            self._trouble = trouble
        finally:
            self._ready.set()
            self._keeper.stop([part.name for part in self._parts])


@contextlib.contextmanager
def kept(roll: Path, *parts: Part) -> Iterator[Ground]:
    """Processes that run while the context lasts."""
    ground = Ground(roll, parts)
    try:
        ground.start()
        yield ground
    finally:
        ground.stop()
