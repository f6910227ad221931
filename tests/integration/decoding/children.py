"""The decoders of a pool, seen from outside."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.pace import Patience
from workers.decoding.decoder_pool import DecoderPool


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until it is so."""
    patience, pause = Patience(seconds), threading.Event()
    while not condition():
        assert not patience.over, "it did not happen in time"
        pause.wait(0.01)


def lives(pid: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def who_holds(pool: DecoderPool, path: Path) -> int | None:
    """The decoder that has been handed this file."""
    for pid in pool.pids():
        with suppress(OSError):  # it has just ended
            if any(link.readlink() == path for link in Path(f"/proc/{pid}/fd").iterdir()):
                return pid
    return None


def taken_by_a_child(pool: DecoderPool, path: Path) -> tuple[int, int]:
    """Wait until a child decodes a named pipe: the end to write to, and the child."""
    ends: list[int] = []

    def opened() -> bool:
        with suppress(OSError):  # nobody reads yet
            ends.append(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
        return bool(ends)

    wait_for(opened)
    wait_for(lambda: who_holds(pool, path) is not None)
    holder = who_holds(pool, path)
    assert holder is not None
    return ends[0], holder
