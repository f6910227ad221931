"""Look again and again until there is something to see, within a bound."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from console.cli.interrupts import INTERRUPTS

Found = TypeVar("Found")

# A look is a few small requests; people do not see less than this.
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 1.0


def until(look: Callable[[], Found | None], timeout_s: float) -> Found | None:
    """What there is to see at last, or None after the time given; the last look comes at its end.

    Raises:
        KeyboardInterrupt: also for a Ctrl-C that came before, and that Python dropped.
    """
    end = time.monotonic() + timeout_s
    pause_s = FIRST_PAUSE_S
    while (found := look()) is None:
        INTERRUPTS.raise_if_dropped()
        left_s = end - time.monotonic()
        if left_s <= 0:
            return None
        time.sleep(min(pause_s, left_s))
        pause_s = min(pause_s * 1.5, LONGEST_PAUSE_S)
    return found
