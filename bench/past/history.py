"""history.ndjson: a line a run. A run that measures one part after the other replaces its own line.

{"began": "2026-11-26T19:41:02Z", "commit": "189220d", "changed": false, "rounds": 3, "machine": {...},
 "ratios": {"door.to_noop": [0.17, 0.18, 0.17], ...}, "figures": {"way.p50_ms": [41.0, 40.2, 43.9], ...}}
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.past.watched import Results, watched_in
from bench.rounds import rounded
from infra.local.parts.process import PROJECT

NAME = "history.ndjson"
# Some years of a run a week; the file is read whole and kept in git.
RUNS_MOST = 200
_ASK_S = 10
# The bench writes these itself, so that they tell nothing of what was measured.
_WRITTEN = (
    ":!bench/RESULTS.md",
    ":!bench/results.json",
    f":!bench/{NAME}",
    ":!docs/performance.md",
    ":!docs/bench",
)

Run = Mapping[str, Any]


def read(file: Path) -> list[dict[str, Any]]:
    """The runs, the oldest first."""
    if not file.exists():
        return []
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]


def put(file: Path, run: Run) -> None:
    """Keep a run in the place of its own earlier line, or as the latest."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(each, sort_keys=True) for each in with_run(read(file), run)]
    half = file.with_suffix(".half")
    half.write_text("\n".join(lines) + "\n", encoding="utf-8")
    half.replace(file)


def with_run(runs: Sequence[Run], run: Run) -> list[Run]:
    """The runs with this one, at most RUNS_MOST of them."""
    others = [each for each in runs if each["began"] != run["began"]]
    return [*others, run][-RUNS_MOST:]


def run_of(results: Results, *, began: str, rounds: int, machine: Mapping[str, Any]) -> dict[str, Any]:
    """A run's line: what the parts that it measured came to in each round."""
    told = {each: [rounded(value) for value in values] for each, values in watched_in(results)}
    return {
        "began": began,
        **commit(),
        "rounds": rounds,
        "machine": dict(machine),
        "ratios": {each.name: values for each, values in told.items() if each.is_ratio},
        "figures": {each.name: values for each, values in told.items() if not each.is_ratio},
    }


def commit() -> dict[str, Any]:
    """Which commit is measured, and whether the files differ from it; without git `unknown`."""
    try:
        return {
            "commit": _git("rev-parse", "--short", "HEAD"),
            "changed": bool(_git("status", "--porcelain", "--", ".", *_WRITTEN)),
        }
    except (OSError, subprocess.SubprocessError):
        return {"commit": "unknown", "changed": False}


def _git(*words: str) -> str:
    asked = ["git", "-C", str(PROJECT), *words]
    return subprocess.run(asked, capture_output=True, text=True, timeout=_ASK_S, check=True).stdout.strip()
