"""When a part is started again."""

from __future__ import annotations

import sys
from pathlib import Path

from infra.local.parts.part import LONGEST_PAUSE_S, Part
from infra.local.parts.process import Process


def part_that_ended(tmp_path: Path) -> Part:
    """A part whose process is not there."""
    process = Process("part", [sys.executable], folder=tmp_path, log=tmp_path / "log")
    return Part("part", lambda: True, process)


def test_an_end_is_noticed_once(tmp_path: Path) -> None:
    """Until it is started again there is nothing new to tell."""
    part = part_that_ended(tmp_path)

    assert (part.noticed_end(), part.noticed_end(), part.ends) == (True, False, 1)


def test_pauses_grow_and_are_bounded(tmp_path: Path) -> None:
    """A part that dies immediately, again and again, neither spins nor is given up."""
    part = part_that_ended(tmp_path)
    assert part.process
    pauses = []
    for _ in range(10):
        part.process.started_at_s = float("inf")  # it ended as soon as it began
        assert part.noticed_end()
        pauses.append(part.pause_s)
        part.planned_at_s = None

    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE_S


def test_a_server_that_runs_elsewhere_is_nobody_to_start_again() -> None:
    """It has no process here."""
    part = Part("redis", lambda: True)

    assert (part.noticed_end(), part.due()) == (False, False)
