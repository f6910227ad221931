"""results.json: the figures of each part, and when, how and on what they were measured.

{"door": {...}, "hands": {...}, "way": {...}, "growth": {...},
 "measured": {"door": {"on": "2026-11-21", "rounds": 3, "machine": {...}, "versions": {...}}, ...}}

A part that is measured alone replaces its own figures and nobody else's.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.errors import BenchError

NAME = "results.json"
MEASURED = "measured"
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
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(merged(read(file), part, figures, measured), indent=1, sort_keys=True)
    file.write_text(text + "\n", encoding="utf-8")


def draw(file: Path, plots: Path, python_of_peers: Path) -> None:
    """Draw the plots into a folder. Raises BenchError."""
    plots.mkdir(parents=True, exist_ok=True)
    # -I: the folder of the script is not looked into, where names of ours would stand before those of libraries.
    command = [str(python_of_peers), "-I", str(_DRAW), str(file), str(plots)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_DRAW_S, check=False)
    if done.returncode:
        raise BenchError(f"The plots were not drawn: {done.stderr.strip()}")
