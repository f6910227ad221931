"""How often somebody may be wrong: so many tries within a time, by who asks and by whom they say to be."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable

# Two slips of the keyboard more than anybody makes; and a name may be guessed at from many addresses.
TRIES_PER_CLIENT = 10
TRIES_PER_NAME = 50
TRIES_WITHIN_S = 600.0
# Who is remembered: of more, the one that tried longest ago is forgotten.
TRIES_REMEMBERED = 10_000


class Tries:
    """The wrong tries of the last minutes. `now_s` is a monotonic clock."""

    def __init__(self, most: int, now_s: Callable[[], float]) -> None:
        self._most, self._now_s = most, now_s
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, who: str) -> float:
        """How long they must wait before the next try; 0: they may try now."""
        with self._lock:
            wrong = self._wrong.get(who)
            if wrong is None:
                return 0.0
            now_s = self._now_s()
            while wrong and wrong[0] <= now_s - TRIES_WITHIN_S:
                wrong.popleft()
            return wrong[0] + TRIES_WITHIN_S - now_s if len(wrong) >= self._most else 0.0

    def note(self, who: str) -> None:
        """Remember a try that was wrong."""
        with self._lock:
            wrong = self._wrong.setdefault(who, deque(maxlen=self._most))
            wrong.append(self._now_s())
            self._wrong.move_to_end(who)
            if len(self._wrong) > TRIES_REMEMBERED:
                self._wrong.popitem(last=False)

    def forget(self, who: str) -> None:
        """They were right."""
        with self._lock:
            self._wrong.pop(who, None)
