"""Lone callbacks at five a second, and ten at the same time, in a house whose every request to S3 is written down."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import service
from bench.errors import BenchError
from bench.ground import Ground
from bench.past.watched import EACH_ROUND
from bench.rounds import medians
from bench.way.house import House, house
from bench.way.runs import at_rate, one_by_one
from infra.local.parts.s3 import S3, Credentials
from infra.local.ports import free_block
from infra.local.wait import until

PER_S, LONE_S, TEN = 5.0, 6.0, 10
_WARM = 10
# After the last request of a task, its line included, which waits two seconds for company.
_QUIET_S, _REST_S, _LOOK_S = 5.0, 60.0, 0.25
# Looks whether the store is there, which come by the clock.
_PROBES = "probe"
# A thousand requests, S3 Standard in us-east-1; DELETE costs nothing. https://aws.amazon.com/s3/pricing/
_DOLLARS = {"put": 0.005, "list": 0.005, "get": 0.0004}

Figures = dict[str, Any]


def measure(ground: Ground, rounds: int) -> Figures:
    """Requests a task by method and by kind (`PUT inbox`), and dollars a million tasks."""
    with _tallied(ground) as (behind, seen), house(behind) as home:
        one_by_one(home, _WARM)
        books = _Books(seen)
        told = []
        for number in range(1, rounds + 1):
            sys.stderr.write(f"s3: round {number} of {rounds}\n")
            lone = books.of(lambda: _lone(home), int(PER_S * LONE_S))
            told.append({"lone": lone, "ten": books.of(lambda: _together(home), TEN)})
    watched = {name: [each["lone"][name] for each in told] for name in ("put", "dollars_a_million")}
    return {**medians([_with_all_kinds(each, told) for each in told]), EACH_ROUND: watched}


def dollars_a_million(a_task: Figures) -> float:
    """What a million of such tasks cost in requests."""
    return float(sum(a_task[method] * price * 1000 for method, price in _DOLLARS.items()))


def _with_all_kinds(figures: Figures, told: list[Figures]) -> Figures:
    """A round's figures; what only another round asked for was asked for none times in it."""
    return {
        name: {
            **load,
            "kinds": dict.fromkeys((kind for each in told for kind in each[name]["kinds"]), 0.0)
            | load["kinds"],
        }
        for name, load in figures.items()
    }


def _lone(home: House) -> None:
    """Lone callbacks, until each has its manifest."""
    home.manifests([each.task_id for each in at_rate(home, PER_S, LONE_S)])


def _together(home: House) -> None:
    home.manifests([each.task_id for each in home.sender.send(home.callbacks(TEN))])


class _Books:
    """Reads what was written down."""

    def __init__(self, seen: Path) -> None:
        self._seen = seen

    def of(self, load: Callable[[], None], tasks: int) -> Figures:
        """What this load asks a task, with all that follows from it."""
        self._rest()
        before = self._counted()
        load()
        self._rest()
        asked = self._counted() - before
        a_task = {
            method: sum(count for kind, count in asked.items() if kind.startswith(method.upper())) / tasks
            for method in ("put", "get", "delete", "list")
        }
        kinds = {kind: count / tasks for kind, count in sorted(asked.items()) if count > 0}
        return {**a_task, "kinds": kinds, "dollars_a_million": dollars_a_million(a_task)}

    def _rest(self) -> None:
        """Wait until nobody asks for anything but what is asked for by the clock. Raises BenchError."""
        quiet_looks, last = 0, -1

        def quiet() -> bool:
            nonlocal quiet_looks, last
            total = sum(count for kind, count in self._counted().items() if kind != "LIST")
            quiet_looks, last = (quiet_looks + 1 if total == last else 0), total
            return quiet_looks * _LOOK_S >= _QUIET_S

        if not until(quiet, _REST_S, _LOOK_S):
            raise BenchError(f"S3 is asked for things without an end, {_REST_S:g} s after the last task.")

    def _counted(self) -> Counter[str]:
        lines = self._seen.read_text(encoding="utf-8").splitlines()
        return Counter(line for line in lines if not line.endswith(_PROBES))


@contextlib.contextmanager
def _tallied(ground: Ground) -> Iterator[tuple[Ground, Path]]:
    """The same ground with a tally before its S3, and where that writes."""
    sys.stderr.write("s3: requests a task\n")
    port, seen = free_block(1), ground.folder / "requests.txt"
    seen.touch()
    to_port = ground.s3.endpoint.rpartition(":")[2]
    command = [sys.executable, "-m", "bench.requests.tally", str(port), to_port, str(seen)]
    with service.program("tally", command, port, ground=ground, environment=ground.environment()):
        credentials = Credentials(ground.s3.access_key, ground.s3.secret_key)
        yield replace(ground, s3=S3(ground.s3.process, port, credentials)), seen
