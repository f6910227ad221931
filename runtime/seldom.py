"""Lines that would come again and again are told at growing distances, each with how often it was left out.

the first of a kind                told
the same again                     told after 1, 2, 4, ... s, up to ten minutes; what lies between is counted
not heard of for a while           the next one is a first one again
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

FIRST_S = 1.0
MOST_S = 600.0
# Kinds that are remembered; strangers' words may make any number of them.
KINDS_MOST = 200
# A kind is forgotten when it was not heard of for twice its distance, and for a minute at least.
QUIET_S = 60.0
# Of one logger of other people's, of all kinds together, within a minute.
LINES_A_MINUTE = 60


@dataclass
class _Told:
    at: float
    heard_at: float
    distance_s: float
    left_out: int = 0


class Seldom:
    """Says of each kind of line whether it is to be told now. Safe to use from many threads."""

    def __init__(self, logger: logging.Logger, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger, self._clock = logger, clock
        self._lock = threading.Lock()
        self._kinds: OrderedDict[Hashable, _Told] = OrderedDict()

    def tell(
        self, level: int, kind: Hashable, text: str, *words: object, error: BaseException | None = None
    ) -> None:
        """Log a line of this kind, if it is its turn; with `error`, its traceback."""
        left_out = self.due(kind)
        if left_out is not None:
            whole = text + more(left_out)
            self._logger.log(level, whole, *words, exc_info=error)

    def due(self, kind: Hashable) -> int | None:
        """How many lines of this kind were left out since the last one, if it is its turn now; else None."""
        now = self._clock()
        with self._lock:
            told = self._kinds.get(kind)
            if told is None or now - told.heard_at > max(2 * told.distance_s, QUIET_S):
                self._kinds[kind] = _Told(at=now, heard_at=now, distance_s=FIRST_S)
                self._kinds.move_to_end(kind)
                if len(self._kinds) > KINDS_MOST:
                    self._kinds.popitem(last=False)
                return told.left_out if told is not None else 0
            told.heard_at = now
            self._kinds.move_to_end(kind)
            if now - told.at < told.distance_s:
                told.left_out += 1
                return None
            left_out, told.left_out = told.left_out, 0
            told.at, told.distance_s = now, min(2 * told.distance_s, MOST_S)
            return left_out


def more(left_out: int) -> str:
    """The end of a line before which others like it were left out."""
    return f" (and {left_out:,} times more since this was last said)" if left_out else ""


class SeldomFilter(logging.Filter):
    """For other people's loggers, which write a line a try: the same line at growing distances, and few a minute."""

    def __init__(self, ours: tuple[str, ...], *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._ours = frozenset(ours)
        self._clock = clock
        self._seldom = Seldom(logging.getLogger(__name__), clock=clock)
        self._lock = threading.Lock()
        self._minutes: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is to be written; how many like it were not stands at its end."""
        if record.name.partition(".")[0] in self._ours:
            return True
        raised = record.exc_info[0] if record.exc_info else None
        left_out = self._seldom.due((record.name, record.levelno, str(record.msg), raised))
        if left_out is None or not self._has_room(record.name):
            return False
        if left_out:
            record.msg, record.args = record.getMessage() + more(left_out), ()
        return True

    def _has_room(self, name: str) -> bool:
        """Whether this logger has written little of late: a text that differs each time is its own kind each time."""
        now = self._clock()
        with self._lock:
            began, lines = self._minutes.get(name, (now, 0))
            if now - began > 60:  # noqa: PLR2004 - a minute
                began, lines = now, 0
            self._minutes[name] = (began, lines + 1)
            return lines < LINES_A_MINUTE
