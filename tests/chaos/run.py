"""One run: a house, a calm stretch, load and faults at the same time, rest, the balance."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from tests.chaos.books import Balance, balance
from tests.chaos.calm import MOST_REQUESTS, Calm, calm_stretch
from tests.chaos.facts import read_facts
from tests.chaos.faults import Faults
from tests.chaos.house import House, house
from tests.chaos.lanes import Lanes, lanes
from tests.chaos.load import WAITS_S, Load
from tests.chaos.rest import Backlog, callbacks_over, rested
from tests.chaos.rolled_up import RolledUp, rolled_up
from tests.chaos.size import Size
from tests.chaos.stories import hurried, stories
from tests.chaos.tools.deafness import DEAF_S, Deafness
from tests.chaos.weather import CALM

log = logging.getLogger(__name__)


@dataclass
class Result:
    """What a run came to."""

    seed: int
    flaw: str
    calm: Calm
    load: Load
    lanes: Lanes
    books: Balance
    left: Backlog
    rolled: RolledUp
    rest_s: float
    bound_s: float
    load_s: float
    deafness: Deafness
    sent: int
    refused: int
    answers: dict[str, int]
    s3_refused: dict[int, int]
    hosts: tuple[int, ...]

    @property
    def differences(self) -> list[str]:
        """Everything that is not as it must be."""
        found = [*self.books.differences, *self.load.troubles, *self.lanes.troubles]
        if not self.left.rest:
            found.append(
                f"no rest within {self.bound_s:.0f} s: {self.left}; {[*self.left.due, *self.left.spool][:5]}"
            )
        if not self.rolled.whole:
            found.append(f"the catalogue is not rolled up: {self.rolled}")
        # A planted flaw is caught by what it does to the books, not by what it costs.
        if not self.flaw and self.calm.requests_a_task > MOST_REQUESTS:
            found.append(f"{self.calm.requests_a_task:.1f} S3 requests a task, at most {MOST_REQUESTS:g}")
        for name, silent_s in zip(("first", "second"), self.deafness.longest_s, strict=True):
            if silent_s > DEAF_S:
                found.append(f"the {name} worker did nothing for {silent_s:.0f} s while bells waited")
        return found


def run(folder: Path, size: Size, seed: int, flaw: str = "") -> Result:
    """Run it."""
    with house(folder, seed, size.link_life_s, flaw) as running:
        log.info("seed %d: the house stands in %s", seed, folder)
        load = Load(running)
        calm = calm_stretch(running, load, size.calm_tasks)
        log.info("calm: %.1f S3 requests a task (%s)", calm.requests_a_task, dict(calm.requests))
        wrong = lanes(Faults(running), size, seed)
        deafness = Deafness(running)
        seconds = max(size.tasks / size.tasks_a_second, wrong.seconds)
        began = time.monotonic()
        deafness.start()
        wrong.start()
        load.send(stories(seed, size.tasks, seconds))
        wrong.wait()
        running.sky(CALM)
        # Nobody is killed any more: whose links die now has been passed over.
        load.send(hurried(size.slow, size.hurried))
        callbacks_over(running)
        load_s = time.monotonic() - began
        log.info("faults and callbacks ended after %.0f s: %s", load_s, dict(wrong.counts))
        rest_s, bound_s, left = rested(running, calm.tasks / calm.seconds, size.link_life_s)
        deafness.stop()
        log.info("rest after %.0f s of %.0f: %s", rest_s, bound_s, left)
        rolled = rolled_up(running.stack)
        log.info("the catalogue: %s", rolled)
        simulated = _simulated(running)
        books = balance(read_facts(running.stack), running.ledger.accepted, simulated)
        sent, refused = _provider_sent(simulated)
        return Result(
            seed=seed,
            flaw=flaw,
            calm=calm,
            load=load,
            lanes=wrong,
            books=books,
            left=left,
            rolled=rolled,
            rest_s=rest_s,
            bound_s=bound_s,
            load_s=load_s,
            deafness=deafness,
            sent=load.sent + sent,
            refused=load.refused + refused,
            answers=dict(running.ledger.answers),
            hosts=tuple(sum(weather.counted().values()) for weather in running.weathers),
            s3_refused=dict(
                sum((weather.refused for weather in running.weathers[1:]), running.weathers[0].refused)
            ),
        )


def _simulated(running: House) -> dict[str, Any]:
    """All that the simulator knows, by task."""
    answer = urllib3.request("GET", f"{running.simulator_url}/simulator/tasks", timeout=120, retries=False)
    return {task["id"]: task for task in answer.json()["tasks"]}


def _provider_sent(simulated: dict[str, Any]) -> tuple[int, int]:
    """How many callbacks the simulator sent, and how many of them were refused at all tries."""
    sent = refused = 0
    for task in simulated.values():
        tries: dict[int, list[Any]] = {}
        for attempt in task["attempts"]:
            tries.setdefault(attempt["delivery"], []).append(attempt["status"])
        sent += len(tries)
        refused += sum(202 not in statuses and len(statuses) == len(WAITS_S) for statuses in tries.values())
    return sent, refused
