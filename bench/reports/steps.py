"""The section of the steps: where the worker's CPU goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.reports.words import milliseconds, table

# What a reader calls it, and the steps and threads that it is made of.
_STEPS = (
    ("downloading it: receiving, hashing, writing", ("download",)),
    ("its PUT", ("PUT image",)),
    ("PUT of the due entry, by settle", ("PUT due",)),
    ("PUT of the manifest", ("PUT manifest",)),
    ("GET of a dead letter, which is not there", ("GET dead",)),
    ("PUT of the catalogue's lines, some images together", ("PUT catalog",)),
    ("DELETE of the due entry", ("DELETE due",)),
    ("DELETE of the batch in the inbox, ten images together", ("DELETE inbox",)),
    ("ringing for it: one Celery message", ("ring",)),
    (
        "settling, archiving, closing, files: all else of ours",
        ("settle", "archive", "close", "fetch", "sweep"),
    ),
    ("handing it to its decoder", ("examine",)),
)
_THREADS = (
    ("Celery's consumer: messages taken and acknowledged", ("MainThread",)),
    ("the threads of the decoders' pool", ("Thread",)),
)


def section(steps: Mapping[str, Any]) -> list[str]:
    """Its lines."""
    rows = [
        ("checking the image, in the decoders' processes", steps["decoders"]),
        *[(told, sum(steps["steps"].get(name, 0.0) for name in names)) for told, names in _STEPS],
        *[(told, sum(steps["threads"].get(name, 0.0) for name in names)) for told, names in _THREADS],
    ]
    rest = max(0.0, steps["total"] - sum(ms for _, ms in rows))
    return [
        "## The steps",
        "",
        (
            f"Where the hands' CPU goes for a `png_1024` of one image a task, of {steps['images']} images: a clock at each "
            "step, of the CPU of its thread, without what other steps in it took."
        ),
        "The clocks are in the figures, so the sum is more than that of the hands.",
        "",
        *table(
            ("step", "CPU ms an image"),
            [
                *[(told, milliseconds(ms)) for told, ms in rows],
                (
                    "the rest: Celery's own part of the threads, the journal's and the watchdog's",
                    milliseconds(rest),
                ),
                ("**all**", milliseconds(steps["total"])),
            ],
        ),
        "",
        (
            "The floor does the first three alone. What it would take to come near it stands in "
            "[docs/performance.md](../docs/performance.md#where-the-time-goes)."
        ),
    ]
