"""A process with all that it started: the CPU it has used, the memory it holds. Read from /proc.

CPU is user and system time, also of children that have ended and were waited for. Memory is PSS: a page that
several processes share is counted once, in parts.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Final, Self

_PROC: Final = Path("/proc")
_TICKS_A_S: Final = os.sysconf("SC_CLK_TCK")
_KIB: Final = 1024
_MIB: Final = 1024 * 1024
# Behind the name in parentheses, counted from the state: the parent, and the four times.
_PARENT: Final = 1
_TIMES: Final = slice(11, 15)
# Short enough to see what one image takes, long enough to cost nothing.
EVERY_S: Final = 0.1


def members(pid: int) -> list[int]:
    """The process and its descendants."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[_PARENT]), []).append(int(entry.name))
    found = [pid]
    for each in found:  # it grows while it is walked
        found += children.get(each, [])
    return found


def cpu_s(pid: int) -> float:
    """The CPU seconds, user and system, that the tree has used since it began."""
    ticks = sum(sum(map(int, fields[_TIMES])) for each in members(pid) if (fields := _stat(each)))
    return ticks / _TICKS_A_S


def memory_mb(pid: int) -> float:
    """The memory (PSS, MiB) that the tree holds now."""
    return sum(map(_pss_bytes, members(pid))) / _MIB


class Watch:
    """Looks at a tree ten times a second while the block lasts; `peak_mb` is the most memory that it saw."""

    def __init__(self, pid: int) -> None:
        self.peak_mb = 0.0
        self._pid = pid
        self._seen: list[tuple[float, float]] = [(time.monotonic(), 0.0)]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def cpu_s_at(self, moment_s: float) -> float:
        """The CPU seconds that the tree had used at a moment (`time.monotonic()`), between two looks in proportion."""
        before = self._seen[0]
        moment_s = max(moment_s, before[0])
        for after in self._seen[1:]:
            if after[0] >= moment_s:
                share = (moment_s - before[0]) / (after[0] - before[0])
                return before[1] + share * (after[1] - before[1])
            before = after
        return before[1]

    def _look(self) -> None:
        while True:
            used_s = cpu_s(self._pid)
            # Less than before: a child has ended and is not waited for yet.
            self._seen.append((time.monotonic(), max(used_s, self._seen[-1][1])))
            self.peak_mb = max(self.peak_mb, memory_mb(self._pid))
            if self._over.wait(EVERY_S):
                return


def _stat(pid: int) -> list[str]:
    """What /proc/<pid>/stat says behind the name; empty if the process is gone."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _pss_bytes(pid: int) -> int:
    try:
        text = (_PROC / str(pid) / "smaps_rollup").read_text(encoding="utf-8")
    except OSError:  # it ended meanwhile
        return 0
    return next((int(line.split()[1]) * _KIB for line in text.splitlines() if line.startswith("Pss:")), 0)
