"""How many processes and threads a door has, ours and theirs: whoever has more of them has an advantage, which is told."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from bench.hands.tree import members


def counted(marker: str) -> dict[str, int]:
    """Processes below this one whose command line has a word that begins with the marker, and their threads together."""
    found = {pid: _threads(pid) for pid in members(os.getpid()) if pid != os.getpid() and _is(pid, marker)}
    return {"processes": len(found), "threads": sum(found.values())}


def _is(pid: int, marker: str) -> bool:
    with contextlib.suppress(OSError):  # it ended meanwhile
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        return any(word.startswith(marker) for word in words)
    return False


def _threads(pid: int) -> int:
    with contextlib.suppress(OSError):
        return sum(1 for _ in Path(f"/proc/{pid}/task").iterdir())
    return 0
