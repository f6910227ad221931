"""`make up` as people call it, with a new data folder and then with the same one again, until it says that it is ready.

What must be installed is there before: an uncounted start sees to it.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.errors import BenchError
from bench.ground import shell
from bench.past.watched import EACH_ROUND
from bench.rounds import medians
from infra.local.parts.process import PROJECT, Process

_READY = b"Fixative is ready."
# The uncounted start may install what is missing.
_FIRST_S, _READY_S, _LOOK_S, _STOP_S = 300.0, 60.0, 0.01, 20.0

Figures = dict[str, Any]


def measure(rounds: int, folder: Path) -> Figures:
    """`start_s` with a new data folder, `again_s` with one that was used. Raises BenchError."""
    if shutil.which("make") is None:
        raise BenchError(
            "This measures `make up`, and there is no make. On Debian and Ubuntu: apt-get install make"
        )
    folder.mkdir(parents=True)
    _took_s(folder / "first", folder / "first.log", _FIRST_S)
    told = []
    for number in range(1, rounds + 1):
        sys.stderr.write(f"start: round {number} of {rounds}\n")
        data = folder / str(number)
        told.append(
            {
                "start_s": _took_s(data, folder / f"{number}.log", _READY_S),
                "again_s": _took_s(data, folder / f"{number}-again.log", _READY_S),
            }
        )
    return {**medians(told), EACH_ROUND: {name: [each[name] for each in told] for name in told[0]}}


def _took_s(data: Path, log: Path, within_s: float) -> float:
    """Seconds to ready; the stack is stopped then. Raises BenchError."""
    with _up(data, log) as process:
        while _READY not in log.read_bytes():
            took_s = time.monotonic() - process.started_at_s
            if took_s > within_s or not process.alive():
                raise BenchError(f"`make up` is not ready after {took_s:.0f} s:\n{process.tail()}")
            time.sleep(_LOOK_S)
        return time.monotonic() - process.started_at_s


@contextlib.contextmanager
def _up(data: Path, log: Path) -> Iterator[Process]:
    process = Process(
        "make up", ["make", "up", f"UP_ARGS=--data {data}"], folder=PROJECT, log=log, environment=shell()
    )
    process.start()
    try:
        yield process
    finally:
        process.stop(_STOP_S)
