"""results.json: the figures of each part, and when, how and on what they were measured.

{"door": {...}, "hands": {...}, "way": {...}, "growth": {...},
 "measured": {"door": {"on": "2026-11-21", "rounds": 3, "machine": {...}, "versions": {...}}, ...},
 "since": [{"what": "door: p99, ms", "since": "2026-11-21T09:00:00Z", "before": 61, "now": 58, "noise": 9, ...}, ...]}

A part that is measured alone replaces its own figures and nobody else's.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.errors import BenchError

NAME = "results.json"
MEASURED = "measured"
SINCE = "since"
_DRAW_S = 120
_DRAW = Path(__file__).parent / "draw.py"


def read(file: Path) -> dict[str, Any]:
    """What is there; nothing, if the file is not."""
    if not file.exists():
        return {}
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def merged(
    found: Mapping[str, Any], part: str, figures: Mapping[str, Any], measured: Mapping[str, Any]
) -> dict[str, Any]:
    """The results with these figures of a part in the place of its old ones."""
    return {**found, part: dict(figures), MEASURED: {**found.get(MEASURED, {}), part: dict(measured)}}


def put(file: Path, part: str, figures: Mapping[str, Any], measured: Mapping[str, Any]) -> None:
    """Keep the figures of a part."""
    _write(file, merged(read(file), part, figures, measured))


def put_since(file: Path, changes: Sequence[Mapping[str, Any]]) -> None:
    """Keep what changed since earlier runs, in the place of what was said of it before."""
    if found := read(file):
        _write(file, {**found, SINCE: [dict(each) for each in changes]})


def _write(file: Path, found: Mapping[str, Any]) -> None:
    """Whoever is interrupted leaves the old file, whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(".half")
    half.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    half.replace(file)


def draw(file: Path, plots: Path, python_of_peers: Path) -> None:
    """Draw the plots into a folder. Raises BenchError."""
    plots.mkdir(parents=True, exist_ok=True)
    # -I: the folder of the script is not looked into, where names of ours would stand before those of libraries.
    command = [str(python_of_peers), "-I", str(_DRAW), str(file), str(plots)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_DRAW_S, check=False)
    if done.returncode:
        raise BenchError(f"The plots were not drawn: {done.stderr.strip()}")
