"""The rounds: each case by each contestant in turn, and medians.

The first round has all cases, a later one those that are worth the time. The order moves on by one with each round, so that nobody always comes first. Each round has an S3 of its own,
so that no disk fills.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.hands import ours
from bench.hands.cases import CASES, FLOOR, OURS, PEERS, US, Case
from bench.hands.figures import CannotMeasure, Figures, medians
from bench.hands.ground import Places, prepared
from bench.hands.programs import Programs, Starts
from bench.past.watched import EACH_ROUND
from bench.rounds import in_turn

log = logging.getLogger(__name__)

Contestant = Callable[[Case], Figures]
Say = Callable[[str], None]


class Tally:
    """What all rounds came to, by case and contestant."""

    def __init__(self) -> None:
        self.runs: dict[tuple[str, str], list[Figures]] = {}
        self.trouble: dict[tuple[str, str], str] = {}

    def of(self, case: Case, image_bytes: int) -> dict[str, Any]:
        """The keyed figures of one case."""
        told: dict[str, Any] = {
            "rounds": max(
                (len(runs) for (name, _), runs in self.runs.items() if name == case.name), default=0
            ),
            "images": case.images,
            "images_a_task": case.images_a_task,
            "latency_ms": case.latency_ms,
            "image_bytes": image_bytes,
        }
        for who in case.contestants:
            if runs := self.runs.get((case.name, who)):
                told |= {f"{who}_{name}": value for name, value in medians(runs).items()}
                if len(runs) != told["rounds"]:
                    told[f"{who}_rounds"] = len(runs)
                if not case.latency_ms:  # answered immediately, so it tells nothing
                    del told[f"{who}_in_flight"]
            if trouble := self.trouble.get((case.name, who)):
                told[f"{who}_trouble"] = trouble
        both = zip(self.runs.get((case.name, OURS), ()), self.runs.get((case.name, FLOOR), ()), strict=False)
        told[EACH_ROUND] = {"to_floor": [ours.cpu_ms / floor.cpu_ms for ours, floor in both]}
        return told


def measure(
    rounds: int,
    folder: Path,
    python_of_peers: Path | None,
    *,
    cases: Sequence[Case] = CASES,
    say: Say = log.info,
) -> dict[str, Any]:
    """Every case, by name, with `<contestant>_cpu_ms`, `_images_per_s`, `_peak_mb`, `_in_flight` and `_kept`.

    Without a Python of the peers, ours and the floor are measured alone. A peer that fails has a
    `<contestant>_trouble`.

    Raises:
        CannotMeasure: if ours or the floor fails.
    """
    tally, starts, image_bytes = Tally(), Starts(), dict[str, int]()
    for number in range(rounds):
        place = folder / f"round-{number}"
        with prepared(place, folder / "originals") as ground:
            contestants = _contestants(ground, python_of_peers, starts)
            for case in cases:
                if number and not case.every_round:
                    continue
                image_bytes[case.name] = ground.links.original(case.original).size_bytes
                for who in taking_part(case, number, tuple(contestants)):
                    _one(tally, case, who, contestants[who], say)
        # After an error it stays, with its logs.
        shutil.rmtree(place, ignore_errors=True)
    return {case.name: tally.of(case, image_bytes[case.name]) for case in cases}


def _contestants(ground: Places, python_of_peers: Path | None, starts: Starts) -> dict[str, Contestant]:
    """Who takes part, by name."""
    programs = Programs(ground, python_of_peers, starts)
    named: dict[str, Contestant] = {OURS: lambda case: ours.measure(ground, case)}
    for who in programs.names:
        named[who] = programs.contestant(who)
    return named


def taking_part(case: Case, number: int, present: Sequence[str]) -> list[str]:
    """Who runs it in this round, who comes first moving on by one; after the first round ours and the floor alone, but for one case."""
    wanted = US if number and not case.everybody_again else case.contestants
    names = [who for who in case.contestants if who in present and who in wanted]
    return in_turn(names, number)


def _one(tally: Tally, case: Case, who: str, contestant: Contestant, say: Say) -> None:
    began = time.monotonic()
    try:
        figures = contestant(case)
    except CannotMeasure as error:
        if who not in PEERS:
            raise
        tally.trouble[case.name, who] = str(error)
        say(f"{case.name} {who}: {error}")
        return
    tally.runs.setdefault((case.name, who), []).append(figures)
    say(
        f"{case.name} {who}: {figures.cpu_ms:.1f} ms of CPU an image, {figures.images_per_s:.1f} images/s, "
        f"{figures.peak_mb:.0f} MB, {figures.kept}; {time.monotonic() - began:.1f} s in all"
    )
