"""A part that is measured alone replaces its own figures and nobody else's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bench import results

OLD: dict[str, Any] = {
    "door": {"ours_per_s": 1},
    "way": {"p50_ms": 2},
    "measured": {"door": {"on": "old"}, "way": {"on": "old"}},
}


def test_a_part_replaces_its_own_figures_whole() -> None:
    new = results.merged(OLD, "door", {"noop_per_s": 3}, {"on": "new"})

    assert {"noop_per_s": 3} == new["door"]
    assert {"on": "new"} == new["measured"]["door"]


def test_the_others_stay() -> None:
    new = results.merged(OLD, "door", {}, {})

    assert OLD["way"] == new["way"]
    assert {"on": "old"} == new["measured"]["way"]


def test_what_is_merged_into_is_not_touched() -> None:
    results.merged(OLD, "door", {}, {"on": "new"})

    assert {"on": "old"} == OLD["measured"]["door"]


def test_the_first_part_makes_the_file(tmp_path: Path) -> None:
    file = tmp_path / "new" / results.NAME

    results.put(file, "way", {"p50_ms": 1.5}, {"on": "2026-11-21"})

    assert {"way": {"p50_ms": 1.5}, "measured": {"way": {"on": "2026-11-21"}}} == results.read(file)
