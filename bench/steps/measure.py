"""A worker with clocks at its steps, fed as the hands are; the CPU of each step for an image.

The clocks cost about a tenth of what they measure, so the sum is more than the hands' figure.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
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
from bench.steps.clocks import DUMP
from infra.local.parts.process import PROJECT, Process

IMAGES: Final = 100
_WARM_UP: Final = 20
_DUMP_S: Final = 5.0
_LOOK_S: Final = 0.02
_INSIDE: Final = Path(__file__).parent / "inside"

Figures = dict[str, Any]


def measure(rounds: int, folder: Path) -> Figures:
    """CPU ms an image: `total`, `decoders`, and by step and by thread. Raises BenchError."""
    with prepared(folder / "ground", folder / "originals") as ground:
        told = [_round(ground, number) for number in range(rounds)]
    for group in ("steps", "threads"):
        names = {name for each in told for name in each[group]}
        for each in told:
            each[group] = {name: each[group].get(name, 0.0) for name in sorted(names)}
    return {"images": IMAGES, **medians(told)}


def _round(ground: Places, number: int) -> Figures:
    prefix = f"steps/{number}/"
    bucket = Bucket(ground.client(), ground.s3.bucket, prefix)
    case = replace(next(case for case in CASES if case.name == "png_1024"), images=IMAGES)
    figures = ground.folder / f"steps-{number}.json"
    inside = {"BENCH_STEPS": str(figures), "PYTHONPATH": f"{_INSIDE}{os.pathsep}{PROJECT}"}
    with (
        contextlib.closing(
            Doorbell(ground.redis_url, Deployment(ground.s3.bucket, prefix), now=bucket.now)
        ) as doorbell,
        ours.working(ground, prefix, inside) as process,
    ):
        ours.work(bucket, doorbell, ground.links.tasks(case, _WARM_UP))
        before, all_before_s = _told(process, figures), cpu_s(process.pid)
        ours.work(bucket, doorbell, ground.links.tasks(case, IMAGES))
        after, all_s = _told(process, figures), cpu_s(process.pid) - all_before_s
    threads = _an_image(before["threads"], after["threads"])
    total = all_s * 1000 / IMAGES
    return {
        "total": round(total, 2),
        "decoders": round(max(0.0, total - sum(threads.values())), 2),
        "steps": _an_image(before["steps"], after["steps"]),
        "threads": threads,
    }


def _told(process: Process, figures: Path) -> dict[str, dict[str, int]]:
    """What the clocks say now."""
    figures.unlink(missing_ok=True)
    os.kill(process.pid, DUMP)
    end = time.monotonic() + _DUMP_S
    while not figures.exists():
        if time.monotonic() > end:
            raise BenchError("the worker does not tell of its steps")
        time.sleep(_LOOK_S)
    told: dict[str, dict[str, int]] = json.loads(figures.read_text(encoding="utf-8"))
    return told


def _an_image(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, float]:
    spent = {name: (after[name] - before.get(name, 0)) / 1e6 / IMAGES for name in after}
    return {name: round(ms, 3) for name, ms in spent.items()}
