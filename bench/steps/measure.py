"""A worker with clocks at its steps, fed as the hands are; the CPU of each step for an image.

The clocks cost about a tenth of what they measure, so the sum is more than the hands' figure.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from archive.deployment import Deployment
from archive.queue.doorbell import Doorbell
from archive.store.bucket import Bucket
from bench.errors import BenchError
from bench.hands import ours
from bench.hands.cases import CASES
from bench.hands.ground import Places, prepared
from bench.hands.tree import cpu_s
from bench.rounds import medians
from bench.steps.dump import DUMP
from infra.local.parts.process import PROJECT, Process
from infra.local.wait import until

IMAGES: Final = 100
# Where a goal is set for the CPU to the floor.
CASES_WITH_STEPS: Final = ("png_1024", "jpeg_1024", "webp_1024")
_WARM_UP: Final = 20
_DUMP_S: Final = 5.0
_LOOK_S: Final = 0.02
_INSIDE: Final = Path(__file__).parent / "inside"

Figures = dict[str, Any]


def measure(rounds: int, folder: Path) -> Figures:
    """CPU ms an image: `total`, `decoders`, and by step and by thread; of a PNG, and beside it by format. Raises BenchError."""
    told: dict[str, list[Figures]] = {name: [] for name in CASES_WITH_STEPS}
    with prepared(folder / "ground", folder / "originals") as ground:
        for number in range(1, rounds + 1):
            for name in CASES_WITH_STEPS:
                sys.stderr.write(f"steps: round {number} of {rounds}, {name}\n")
                told[name].append(_round(ground, name, number))
    png, *others = ({"images": IMAGES, **_together(each)} for each in told.values())
    return {**png, "formats": dict(zip(CASES_WITH_STEPS[1:], others, strict=True))}


def _together(told: list[Figures]) -> Figures:
    """The medians; a step that a round did not see took nothing in it."""
    for group in ("steps", "threads"):
        names = {name for each in told for name in each[group]}
        for each in told:
            each[group] = {name: each[group].get(name, 0.0) for name in sorted(names)}
    figures: Figures = medians(told)
    return figures


def _round(ground: Places, name: str, number: int) -> Figures:
    prefix = f"steps/{name}/{number}/"
    bucket = Bucket(ground.client(), ground.s3.bucket, prefix)
    case = replace(next(case for case in CASES if case.name == name), images=IMAGES)
    figures = ground.folder / f"steps-{name}-{number}.json"
    with (
        contextlib.closing(
            Doorbell(ground.redis_url, Deployment(ground.s3.bucket, prefix), now=bucket.now)
        ) as doorbell,
        ours.working(ground, prefix, with_clocks(figures)) as process,
    ):
        ours.work(bucket, doorbell, ground.links.tasks(case, _WARM_UP))
        before, all_before_s = dumped(process, figures), cpu_s(process.pid)
        ours.work(bucket, doorbell, ground.links.tasks(case, IMAGES))
        after, all_s = dumped(process, figures), cpu_s(process.pid) - all_before_s
    return spent(before, after, all_s, IMAGES)


def with_clocks(figures: Path) -> dict[str, str]:
    """The variables of a process of ours that has clocks within, which write to this file when asked."""
    return {"BENCH_STEPS": str(figures), "PYTHONPATH": f"{_INSIDE}{os.pathsep}{PROJECT}"}


def spent(before: Mapping[str, Any], after: Mapping[str, Any], all_s: float, count: int) -> Figures:
    """CPU ms for each of so many: in all, in children, and by step and by thread."""
    threads = _an_image(before["threads"], after["threads"], count)
    total = all_s * 1000 / count
    return {
        "total": round(total, 2),
        "decoders": round(max(0.0, total - sum(threads.values())), 2),
        "steps": _an_image(before["steps"], after["steps"], count),
        "threads": threads,
    }


def dumped(process: Process, figures: Path) -> dict[str, dict[str, int]]:
    """What the clocks say now. Raises BenchError."""
    figures.unlink(missing_ok=True)
    os.kill(process.pid, DUMP)
    if not until(figures.exists, _DUMP_S, _LOOK_S):
        raise BenchError("A process with clocks does not tell of its steps.")
    told: dict[str, dict[str, int]] = json.loads(figures.read_text(encoding="utf-8"))
    return told


def _an_image(before: Mapping[str, int], after: Mapping[str, int], count: int) -> dict[str, float]:
    took = {name: (after[name] - before.get(name, 0)) / 1e6 / count for name in after}
    return {name: round(ms, 3) for name, ms in took.items()}
