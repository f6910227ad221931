"""How many wrong tickets or API tokens one network may present: a bucket each, in a table that cannot grow.

It bounds guessing and what guessing writes into the log. A good one never comes here: with it nobody is
limited, whatever came from the same address before. Whom the table forgets starts with a full bucket: it fails
open.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

# A customer who mistyped a URL may try for a while before the answer changes.
BURST = 20
# One a second is far below what guessing 256 bits needs, and keeps the log readable.
PER_SECOND = 1.0
# About 1 MB of memory; the network that was quiet longest is forgotten first.
NETWORKS = 4096


class Guesses:
    """The buckets; used by the event loop alone."""

    def __init__(
        self,
        *,
        burst: int = BURST,
        per_second: float = PER_SECOND,
        networks: int = NETWORKS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._burst, self._per_second, self._networks, self._clock = burst, per_second, networks, clock
        # Network -> tokens left, and when that was so.
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._left)

    def wait_s(self, network: str) -> int:
        """Count one wrong guess. 0 while there are tokens, else the whole seconds until there is one again."""
        now = self._clock()
        left, then = self._left.pop(network, (float(self._burst), now))
        left = min(float(self._burst), left + max(0.0, now - then) * self._per_second)
        wait = 0 if left >= 1 else math.ceil((1 - left) / self._per_second)
        self._left[network] = (left if wait else left - 1, now)
        if len(self._left) > self._networks:
            self._left.popitem(last=False)
        return wait
