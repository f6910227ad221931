"""One round after the other: one task at a time, then as many as the house can do, then half as many a second.

The house stands for all rounds: what it costs to start one is not what is measured.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from archive import layout
from bench.errors import BenchError
from bench.ground import Ground
from bench.past.watched import EACH_ROUND
from bench.rounds import medians, rounded
from bench.way.house import House, draw_image, house
from bench.way.runs import at_once, at_rate, one_by_one, ways
from bench.way.stages import stages
from bench.way.toll import toll_ms

# One at a time, all at the same time, and for so long at half of what that came to.
WARM, IDLE, FULL, LOADED_S = 10, 40, 120, 6.0

Figures = dict[str, Any]


def measure(ground: Ground, rounds: int) -> Figures:
    """The figures of the part: medians of so many rounds."""
    told = []
    size = draw_image(ground).stat().st_size
    with house(ground) as home:
        one_by_one(home, WARM)
        for number in range(1, rounds + 1):
            sys.stderr.write(f"way: round {number} of {rounds}\n")
            told.append(_round(home))
        _check(home, size)
        toll = rounded(toll_ms(ground, home.witness_port, draw_image(ground)))
    if not all(each["idle"]["stages"] for each in told):
        for each in told:
            each["idle"]["stages"] = {}
    figures = medians(told)
    watched = {
        "p50_ms": [each["idle"]["p50_ms"] for each in told],
        "p99_ms": [each["idle"]["p99_ms"] for each in told],
        "full_per_s": [each["full_per_s"] for each in told],
    }
    return {**figures.pop("idle"), **figures, "image_bytes": size, "witness_ms": toll, EACH_ROUND: watched}


def _round(home: House) -> Figures:
    sent = one_by_one(home, IDLE)
    seen = home.manifests([each.task_id for each in sent])
    moments_s = {task: each.moment_s for task, each in seen.items()}
    idle = {**ways(home, sent), "stages": stages(sent, moments_s, home.downloads_s(), home.asked())}
    full_per_s = at_once(home, FULL)
    loaded = ways(home, at_rate(home, full_per_s / 2, LOADED_S))
    return {"idle": idle, "full_per_s": full_per_s, "loaded": {**loaded, "per_s": full_per_s / 2}}


def _check(home: House, size: int) -> None:
    """Every manifest says that its image is kept. Raises BenchError."""
    for listed in home.bucket.list(layout.TASKS):
        if listed.key.endswith("/manifest.json"):
            told = json.loads(home.bucket.get(listed.key).body)
            if [asset.get("bytes") for asset in told["assets"]] != [size]:
                raise BenchError(f"{listed.key} does not have its image.")
