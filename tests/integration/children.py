"""The decoders of this process, seen from outside."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from workers.decoder_pool import DecoderPool


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until it is so."""
    until, pause = time.monotonic() + seconds, threading.Event()
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        pause.wait(0.01)


def children() -> list[int]:
    """Those that live."""
    return [child.pid for child in multiprocessing.active_children() if child.pid is not None]


def hold_in_hand(path: Path) -> bool:
    """Whether one of them has been handed this file."""
    for pid in children():
        with suppress(OSError):  # it has just ended
            if any(link.readlink() == path for link in Path(f"/proc/{pid}/fd").iterdir()):
                return True
    return False


def taken_by_a_child(pool: DecoderPool, path: Path) -> int:
    """Wait until a child decodes a named pipe, and pebble knows which child it is; the end to write to."""
    ends: list[int] = []

    def opened() -> bool:
        with suppress(OSError):  # nobody reads yet
            ends.append(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
        return bool(ends)

    wait_for(opened)
    wait_for(lambda: any(future.running() for future in list(pool._waiting)))
    return ends[0]
