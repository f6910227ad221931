"""Within a process that is measured: on a signal, the CPU of its threads by their names, and of its steps, into a file."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

# No one else's: Celery uses the common ones.
DUMP: Final = signal.SIGRTMIN + 6
_TASKS: Final = Path("/proc/self/task")
# `journal-1`, `fetch_0`, `ThreadPoolExecutor-0_3`: of a kind.
_NUMBERED: Final = re.compile(r"[-_]\d.*$")


def dump_on_signal(path: Path, steps: Callable[[], dict[str, int]] = dict) -> None:
    """Write nanoseconds of CPU, `{"threads": {name: ns}, "steps": {name: ns}}`, at each signal."""
    signal.signal(DUMP, lambda *_: _dump(path, steps()))


def _dump(path: Path, steps: dict[str, int]) -> None:
    names = {thread.native_id: thread.name for thread in threading.enumerate()}
    threads: Counter[str] = Counter()
    for task in _TASKS.iterdir():
        spent_ns = int((task / "schedstat").read_text(encoding="ascii").split()[0])
        threads[_NUMBERED.sub("", names.get(int(task.name), "of libraries"))] += spent_ns
    half = path.with_suffix(".half")
    half.write_text(json.dumps({"steps": steps, "threads": dict(threads)}), encoding="utf-8")
    os.replace(half, path)  # noqa: PTH105 - whoever looks sees all or nothing
