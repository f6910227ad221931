"""Starts the parts, starts again what dies, and stops them in order."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from infra.local.ending import Ending
from infra.local.errors import CannotStart, Interrupted
from infra.local.parts.part import Part
from infra.local.roll import Roll

# So that a stack is up within a minute of the downloads.
START_S = 60.0
# One that ends this often before it was ever ready has a reason, which stands in its log.
MOST_EARLY_ENDS = 3
# How soon a death is noticed; looking costs one system call a child.
_LOOK_S = 0.1

Say = Callable[[str], None]


class Keeper:
    """Keeps processes running. One thread does it all: children die with the thread that started them."""

    def __init__(self, roll: Roll, ending: Ending, say: Say) -> None:
        self._roll = roll
        self._ending = ending
        self._say = say
        self._parts: list[Part] = []

    def start(self, parts: Sequence[Part], end_s: float) -> None:
        """Start these, and wait until all are ready, until `end_s` on the monotonic clock at most.

        Raises:
            CannotStart: with the end of the log of the one that was not ready.
            Interrupted: if an end was asked for before.
        """
        for part in parts:
            self._parts.append(part)
            self._start(part)
        for part in parts:
            self._wait(part, end_s)

    def keep(self) -> None:
        """Start again what dies, until an end is asked for."""
        while not self._ending.asked():
            self.look()
            time.sleep(_LOOK_S)

    def pids(self) -> dict[str, int]:
        """Who runs as what."""
        return {part.name: part.process.pid for part in self._parts if part.process}

    def stop(self, order: Sequence[str]) -> None:
        """Stop all, in this order of names, each with a bounded wait; in haste without waiting."""
        for part in sorted(self._parts, key=lambda part: order.index(part.name)):
            if part.process:
                part.process.stop(part.stop_s, self._ending.hasty)
                self._note(partial(self._roll.note_end, part.name))

    def _wait(self, part: Part, end_s: float) -> None:
        """Wait for one to be ready while looking after all."""
        early = part.ends
        while not part.answers():
            self.look()
            if self._ending.asked():
                raise Interrupted("It was stopped before it was ready.")
            if part.process and part.ends - early >= MOST_EARLY_ENDS:
                raise part.process.complaint(part.process.ending())
            if time.monotonic() > end_s:
                raise _late(part)
            time.sleep(_LOOK_S / 2)

    def look(self) -> None:
        """Notice who ended, and start again whose time has come."""
        for part in self._parts:
            if part.process and part.noticed_end():
                self._note(partial(self._roll.note_end, part.name))
                self._say(
                    f"{part.name} (process {part.process.pid}) {part.process.ending()}; starting it again"
                )
            if part.due():
                self._start(part)

    def _start(self, part: Part) -> None:
        part.start()
        if part.process:
            self._note(partial(self._roll.note, part.name, part.process))

    def _note(self, write: Callable[[], None]) -> None:
        """Write down who runs. Where the disk is full, the stack goes on, and ends in order: the file is for one that was killed."""
        try:
            write()
        except OSError as error:
            self._say(f"pids.json could not be written: {error.strerror}. The stack goes on")


def _late(part: Part) -> CannotStart:
    if part.process:
        return part.process.complaint(f"was not ready, {START_S:g} s after the start of the stack")
    return CannotStart(f"{part.name} does not answer, {START_S:g} s after the start of the stack.")
