"""What processes hold while they work, read from /proc now and then: memory, descriptors, connections."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.hands.tree import members, memory_mb
from bench.soak.flat import Point

KINDS = ("memory_mb", "descriptors", "connections")

Series = dict[str, list[Point]]


def held(pid: int) -> dict[str, float]:
    """What a process and its children hold now: memory in MiB, open descriptors, and those of them that are sockets."""
    descriptors = [name for each in members(pid) for name in _descriptors(each)]
    sockets = sum(name.startswith("socket:") for name in descriptors)
    return {"memory_mb": memory_mb(pid), "descriptors": len(descriptors), "connections": sockets}


class HeldWatch:
    """Looks at processes, by their names, every so many seconds while the block lasts."""

    def __init__(self, pids: Mapping[str, int], every_s: float) -> None:
        self._pids, self._every_s = pids, every_s
        self.seen: dict[str, Series] = {name: {kind: [] for kind in KINDS} for name in pids}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="held", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        began = time.monotonic()
        while not self._over.wait(self._every_s):
            for name, pid in self._pids.items():
                at_s = time.monotonic() - began
                for kind, value in held(pid).items():
                    self.seen[name][kind].append(Point(at_s, value))


def _descriptors(pid: int) -> list[str]:
    """What each open descriptor of a process is; nothing of one that is gone."""
    names = []
    with contextlib.suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):  # it was closed meanwhile
                names.append(str(entry.readlink()))
    return names
