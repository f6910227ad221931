"""What each process holds, with all its children, idle and while as many tasks are done as the house can do.

Memory is PSS: a page that several processes share is counted once, in parts. Somebody reads the console meanwhile.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Mapping
from typing import Any

from bench.ground import Ground
from bench.growth.bursts import rest, warm
from bench.hands.tree import members
from bench.rounds import rounded
from bench.soak.measure import console_beside, read_console
from bench.soak.watch import HeldWatch
from bench.way.house import House, house
from bench.way.runs import at_once

BURSTS, BURST = 3, 120
_EVERY_S, _IDLE_S = 0.25, 3.0
# A worker's catalogue waits two seconds for company, and decoders that are not needed stay.
_SETTLE_S = 3.0

Figures = dict[str, Any]


def measure(ground: Ground, rounds: int) -> Figures:
    """`memory_mb` by process: `idle` is the median of the looks, `full` the most that was seen."""
    idle: dict[str, list[float]] = {}
    full: dict[str, list[float]] = {}
    rates = []
    with house(ground) as home, console_beside(ground) as (console, port):
        read_console(port)
        warm(home)
        pids = {name: process.pid for name, process in home.processes.items()}
        pids |= {"console": console.pid, "redis": ground.redis.process.pid, "s3": ground.s3.process.pid}
        for number in range(1, rounds + 1):
            sys.stderr.write(f"memory: round {number} of {rounds}\n")
            rest(home)
            time.sleep(_SETTLE_S)
            with HeldWatch(pids, _EVERY_S) as watch:
                time.sleep(_IDLE_S)
            _add(idle, watch)
            with HeldWatch(pids, _EVERY_S) as watch:
                rates += _full_rate(home, port)
            _add(full, watch)
        processes = {name: len(members(pid)) for name, pid in pids.items()}
    return {
        "memory_mb": {
            name: {"idle": rounded(statistics.median(idle[name])), "full": rounded(max(full[name]))}
            for name in pids
        },
        "counted_as": "PSS",
        "processes": processes,
        "full_per_s": rounded(statistics.median(rates)),
    }


def _full_rate(home: House, console_port: int) -> list[float]:
    """Bursts one after the other; tasks a second of each."""
    rates = []
    for _ in range(BURSTS):
        rates.append(at_once(home, BURST))
        read_console(console_port)
    return rates


def _add(told: dict[str, list[float]], watch: HeldWatch) -> None:
    series: Mapping[str, Any]
    for name, series in watch.seen.items():
        told.setdefault(name, []).extend(point.value for point in series["memory_mb"])
