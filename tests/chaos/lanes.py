"""The order of the faults: drawn from the seed, in lanes that go on at the same time.

house    receiver and worker are killed, at exact places and anywhere; everything at the same time
queue    Redis is killed, restarted, flushed, frozen
store    S3 is killed, away, slow, busy, forgetful; away with Redis; away while the spool's disk is full
clock    the second host's clock steps; its worker is killed
rolling  the catalogue is rolled up: pieces of an hour, then the hour is over, then the day; workers are killed at that
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

from tests.chaos.faults import RECEIVER_POINTS, ROLL_UP_POINTS, WORKER_POINTS, Fault, Faults
from tests.chaos.size import Size
from tests.chaos.tools.host_clock import DAY_S

_END_S = 900.0
DAY_H = 24


@dataclass
class Lanes:
    """Faults that are under way or were; `counts` says how many of each kind, `places` where processes died."""

    lanes: dict[str, list[Fault]]
    seed: int
    pause_s: float
    counts: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._go, args=(name, faults), name=name, daemon=True)
            for name, faults in self.lanes.items()
        ]

    @property
    def seconds(self) -> float:
        """About how long the longest lane takes."""
        return max(sum(fault.lasts_s + self.pause_s for fault in lane) for lane in self.lanes.values())

    def start(self) -> None:
        """Let things go wrong."""
        for thread in self._threads:
            thread.start()

    def wait(self) -> None:
        """Wait until all faults are over."""
        for thread in self._threads:
            thread.join(_END_S)

    def _go(self, name: str, faults: Sequence[Fault]) -> None:
        draw = random.Random(f"{name} {self.seed}")
        for fault in faults:
            self._stop.wait(draw.uniform(0.5, 1.5) * self.pause_s)
            try:
                place = fault.deed()
            except Exception as error:  # noqa: BLE001 - told with the balance, and no balance with trouble is good
                self.troubles.append(f"{fault.name}: {type(error).__name__}: {error}")
                continue
            self.counts[fault.name] += 1
            if fault.name in {"kill receiver", "kill worker"}:
                self.places[f"{fault.name.removeprefix('kill ')}: {place}"] += 1


def lanes(faults: Faults, size: Size, seed: int) -> Lanes:
    """All faults of a run."""
    draw = random.Random(f"lanes {seed}")
    house = [
        *_kills(faults, "worker", WORKER_POINTS, size.kills),
        *_kills(faults, "receiver", RECEIVER_POINTS, size.kills),
        *(faults.kill_all() for _ in range(size.all_killed)),
    ]
    queue = [
        *(faults.kill("redis") for _ in range(size.kills)),
        *(faults.restart_redis() for _ in range(size.redis_restarts)),
        *(faults.flush_redis() for _ in range(size.flushes)),
        *(faults.freeze("redis") for _ in range(size.freezes)),
    ]
    store = [
        *(faults.kill("s3") for _ in range(size.kills)),
        *(faults.outage(number, size.outage_s) for number in range(size.outages)),
        *(fault for _ in range(size.squalls) for fault in faults.squalls(size.squall_s)),
    ]
    host = [faults.kill("second") for _ in range(size.kills // 4)]
    host += [faults.clock_step(seconds) for seconds in islice(cycle((DAY_S, -DAY_S)), size.clock_steps)]
    every = {"house": house, "queue": queue, "store": store, "clock": host}
    for lane in every.values():
        draw.shuffle(lane)
    every["rolling"] = _rolling(faults, size)
    return Lanes(every, seed, size.pause_s)


def _rolling(faults: Faults, size: Size) -> list[Fault]:
    """First what a busy hour does, then its end, then that of the day, which goes on with lines that come late."""
    return [
        fault
        for ahead_h, what in (
            (0, "rolling an hour that lasts"),
            (2, "an hour is over"),
            (DAY_H + 2, "a day is over"),
        )
        for fault in (
            faults.roll_up(what, ahead_h, size.rolling_s),
            *(faults.kill_at("worker", point) for point in ROLL_UP_POINTS[: size.rolling_kills]),
        )
    ]


def _kills(faults: Faults, name: str, points: Sequence[str], kills: int) -> list[Fault]:
    """So many kills, half of them at exact places; each place comes at least once."""
    exact = max(len(points), kills - kills // 2)
    return [
        *(faults.kill_at(name, point) for point in islice(cycle(points), exact)),
        *(faults.kill(name) for _ in range(max(1, kills - exact))),
    ]
