"""A line a run is kept, and what became slower by more than the noise of its rounds is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.past import history
from bench.past.slower import since
from bench.past.watched import WATCHED
from bench.reports.since import section, told

MACHINE = {"processor": "one", "cores": 2}
P99, NOOP = "door.p99_ms", "door.to_noop"


def run(
    began: str, p99: list[float] | None = None, noop: list[float] | None = None, machine: Any = MACHINE
) -> dict[str, Any]:
    ratios, figures = {NOOP: noop} if noop else {}, {P99: p99} if p99 else {}
    return {"began": began, "commit": "abc", "machine": machine, "ratios": ratios, "figures": figures}


@pytest.mark.parametrize(
    ("before", "now", "is_slower"),
    [
        # Worse by 10, and the rounds differ by 4 and 5.
        ([50.0, 52.0, 54.0], [60.0, 62.0, 65.0], True),
        # Worse by 9, which they differ by.
        ([50.0, 52.0, 54.0], [58.0, 61.0, 63.0], False),
        ([50.0, 52.0, 54.0], [30.0, 31.0, 32.0], False),
        ([50.0, 50.0, 50.0], [50.0, 50.0, 50.0], False),
        ([3.1, 3.1], [3.2, 3.2], True),
    ],
)
def test_what_is_worse_by_more_than_the_rounds_differ_is_slower(
    *, before: list[float], now: list[float], is_slower: bool
) -> None:
    (found,) = since([run("1", p99=before), run("2", p99=now)])

    assert is_slower == found.is_slower


def test_a_rate_is_worse_when_it_is_less() -> None:
    less, more = [0.10, 0.11, 0.12], [0.20, 0.21, 0.22]

    assert [True] == [each.is_slower for each in since([run("1", noop=more), run("2", noop=less)])]
    assert [False] == [each.is_slower for each in since([run("1", noop=less), run("2", noop=more)])]


def test_one_round_tells_of_no_noise() -> None:
    assert [] == since([run("1", p99=[50.0]), run("2", p99=[90.0])])
    assert [] == since([run("1", p99=[50.0, 51.0]), run("2", p99=[90.0])])


def test_each_figure_is_held_against_the_last_run_that_has_it_on_such_a_machine() -> None:
    runs = [
        run("1", p99=[50.0, 51.0]),
        run("2", p99=[70.0, 71.0]),
        run("3", p99=[10.0, 11.0], machine={"processor": "another", "cores": 2}),
        run("4", noop=[0.2, 0.2]),
        run("5", p99=[72.0, 73.0]),
    ]
    (found,) = since(runs)

    assert ("2", 70.5, 72.5, 2.0) == (found.began, found.before, found.now, found.noise)
    assert [] == since(runs[:1])
    assert [] == since([])


def test_the_page_tells_what_became_slower() -> None:
    slower = since([run("1", [50.0, 51.0], [0.2, 0.2]), run("2", [90.0, 91.0], [0.2, 0.2])])
    page = "\n".join(section(told(slower)))

    assert "2 figures were compared: 1 became slower." in page
    assert "| door: p99, ms | 50.5 | 90.5 | 2 |" in page
    assert "nothing became slower" in "\n".join(
        section(told(since([run("1", [50.0, 51.0]), run("2", [50.0, 51.0])])))
    )
    assert "no earlier run" in "\n".join(section([]))


def test_a_run_replaces_its_own_line_and_the_oldest_go(tmp_path: Path) -> None:
    file = tmp_path / "new" / history.NAME
    for number in range(history.RUNS_MOST + 2):
        history.put(file, run(f"{number:04}"))
    history.put(file, run(f"{history.RUNS_MOST + 1:04}", p99=[1.0, 2.0]))
    kept = history.read(file)

    assert history.RUNS_MOST == len(kept) == len(file.read_text(encoding="utf-8").splitlines())
    assert "0002" == kept[0]["began"]
    assert {P99: [1.0, 2.0]} == kept[-1]["figures"]


def test_a_run_is_remembered_by_the_rounds_of_what_it_measured() -> None:
    results = {
        "door": {"each_round": {"to_noop": [0.2004, 0.21], "p99_ms": [50.123, 51.0]}},
        "hands": {"jpeg_1024": {"each_round": {"to_floor": [2.0, 2.1]}}},
        "way": {"p50_ms": 40.0},
    }
    line = history.run_of(results, began="now", rounds=2, machine=MACHINE)

    assert {NOOP: [0.2, 0.21], "hands.jpeg_1024.to_floor": [2.0, 2.1]} == line["ratios"]
    assert {P99: [50.1, 51.0]} == line["figures"]
    assert {"commit", "changed", "machine", "began", "rounds"} < line.keys()


def test_what_is_watched_has_a_name_of_its_own() -> None:
    assert len(WATCHED) == len({each.name for each in WATCHED})
