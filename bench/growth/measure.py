"""What a task costs in an empty bucket, in one with many tasks, before work that waits, and with two workers.

10,000 tasks are written if they are not there; 200,000 take minutes, so they are measured only where `--full`
has written them once. Each has servers and a house of its own, all of them stand from the beginning, and each round
goes through all of them in turn, from another one on. So what the machine does meanwhile befalls all alike.
Work that waits for a later time, as a backlog of retries does, is due within the hour.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.errors import BenchError
from bench.ground import Ground, stood
from bench.growth import bursts, seed, two
from bench.growth.contents import waiting
from bench.growth.writer import write
from bench.past.watched import EACH_ROUND
from bench.rounds import in_turn, medians
from bench.way.house import House, house

WAITING = 10_000
EMPTY, LATER, TWO = "0", "later", "two"
# None may come due while it is measured, nor lie further ahead than work may be put off.
_LATER, _LATER_APART = timedelta(minutes=45), timedelta(milliseconds=60)

Figures = dict[str, Any]


def measure(rounds: int, folder: Path, peers: Path, seeds: Path) -> Figures:
    """The figures of the part. Raises BenchError, CannotStart."""
    with ExitStack() as stack:
        homes, empty = _homes(stack, folder, peers, seeds)
        told: dict[str, list[Figures]] = {name: [] for name in homes}
        for number in range(rounds):
            for name in in_turn(list(homes), number):
                _say(f"round {number + 1} of {rounds}, {name}")
                told[name].append(bursts.idle_then_burst(homes[name]))
        _say("two receivers")
        receivers = two.receivers(empty, rounds)
    figures = {name: medians(each) for name, each in told.items()}
    return {
        "tasks": {name: each for name, each in figures.items() if name.isdigit()},
        "waiting_later": figures[LATER],
        "workers": {"1": figures[EMPTY], "2": figures[TWO]},
        "receivers": medians(receivers),
        EACH_ROUND: {
            f"{seed.FEW}_to_empty": _ratios(told[str(seed.FEW)], told[EMPTY], "cpu_ms"),
            "later_to_empty": _ratios(told[LATER], told[EMPTY], "cpu_ms"),
            "two_workers": _ratios(told[TWO], told[EMPTY], "images_per_s"),
            "two_receivers": _ratios(
                [each["2"] for each in receivers], [each["1"] for each in receivers], "per_s"
            ),
        },
    }


def _homes(stack: ExitStack, folder: Path, peers: Path, seeds: Path) -> tuple[dict[str, House], Ground]:
    """All houses, warm, by what is in their buckets; and the ground of the empty one."""
    homes, grounds = dict[str, House](), dict[str, Ground]()

    def stand(name: str, filled: Path | None = None, workers: int = 1) -> None:
        _say(f"a house: {name}")
        grounds[name] = stack.enter_context(_ground(folder / name, peers, filled))
        homes[name] = stack.enter_context(house(grounds[name], workers))

    stand(EMPTY)
    stand(TWO, workers=2)
    stand(LATER)
    now = homes[LATER].bucket.now()
    entries = waiting(WAITING, now + _LATER, _LATER_APART, f"http://{homes[LATER].origin}")
    write(grounds[LATER].s3.address, entries)
    for number in (seed.FEW, seed.MANY):
        filled = seed.cached(seeds, number) if number == seed.MANY else seed.made(seeds, number)
        if filled:
            stand(str(number), filled)
            _check(homes[str(number)], number)
    for home in homes.values():
        bursts.warm(home)
    return homes, grounds[EMPTY]


def _ratios(of: Sequence[Figures], to: Sequence[Figures], name: str) -> list[float]:
    return [one[name] / other[name] for one, other in zip(of, to, strict=True)]


@contextmanager
def _ground(folder: Path, peers: Path, filled: Path | None = None) -> Iterator[Ground]:
    """Servers of their own, whose data goes at the end; after an error it stays, with its logs."""
    with stood(folder, peers, filled) as ground:
        yield ground
    shutil.rmtree(folder, ignore_errors=True)


def _check(home: House, number: int) -> None:
    """Raises BenchError if the copied bucket does not have its tasks."""
    found = sum(1 for _ in home.bucket.list("catalog/"))
    if found < number / 200:
        raise BenchError(f"A bucket with {number:,} tasks has {found:,} objects in its catalogue.")


def _say(what: str) -> None:
    sys.stderr.write(f"growth: {what}\n")
