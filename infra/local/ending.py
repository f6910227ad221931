"""When to end: the first SIGTERM, SIGINT or SIGHUP asks for an orderly end, another one for haste."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType


class Ending:
    """How often an end was asked for. A plain count: a lock in a signal's way could be held by ourselves."""

    def __init__(self) -> None:
        self._asked = 0

    def asked(self) -> bool:
        """Whether to end."""
        return self._asked > 0

    def hasty(self) -> bool:
        """Whether to end without waiting for anybody."""
        return self._asked > 1

    def ask(self) -> None:
        """Ask for an end, or for haste."""
        self._asked += 1

    @contextlib.contextmanager
    def on_signals(self) -> Iterator[None]:
        """Take the signals while the context lasts; a hang-up that is ignored (nohup) stays ignored."""
        numbers = [signal.SIGTERM, signal.SIGINT]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            numbers.append(signal.SIGHUP)
        before = {number: signal.signal(number, self._hear) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self.ask()
