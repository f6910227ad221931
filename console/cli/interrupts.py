"""Ctrl-C, remembered: a wait ends by it also where Python drops the exception that it becomes.

An exception in a callback of the interpreter's own (a weak reference to an import's lock, a finaliser) is printed and
lost, KeyboardInterrupt too: https://docs.python.org/3/reference/datamodel.html#object.__del__
A command that imports Celery while somebody interrupts it would go on waiting.
"""

from __future__ import annotations

import signal
from types import FrameType


class Interrupts:
    """Whether this process was interrupted."""

    def __init__(self) -> None:
        self._noted = False

    def listen(self) -> None:
        """Note every SIGINT from here on, and raise KeyboardInterrupt as before. From the main thread only.

        Who started this process with SIGINT ignored, as a shell does with what it runs in the background, wants that.
        """
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._noted = True
        raise KeyboardInterrupt

    def raise_if_dropped(self) -> None:
        """Raise KeyboardInterrupt if one was noted and nobody has heard it."""
        if self._noted:
            self._noted = False
            raise KeyboardInterrupt


INTERRUPTS = Interrupts()
