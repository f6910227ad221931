"""The section of the steps: where the worker's CPU goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.reports.words import milliseconds, table

_DECODERS = "checking the image, in the decoders' processes"
# What a reader calls it, and the steps and threads that it is made of. The floor does the first two, and the check.
_OF_THE_FLOOR = (
    ("downloading it: receiving, hashing, writing", ("download",)),
    ("its PUT", ("PUT image",)),
)
_STEPS = (
    ("PUT of the due entry, by settle", ("PUT due",)),
    ("PUT of the manifest", ("PUT manifest",)),
    ("GET of a dead letter, which is not there", ("GET dead",)),
    ("PUT of the catalogue's lines, some images together", ("PUT catalog",)),
    ("DELETE of the due entry", ("DELETE due",)),
    ("DELETE of the batch in the inbox, ten images together", ("DELETE inbox",)),
    ("ringing for it: one message", ("ring",)),
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
_REST = "the rest: Celery's own part of the threads, the journal's and the watchdog's"
PNG, FORMATS = "png_1024", "formats"

Steps = Mapping[str, Any]
# What is spent on something: its name, and CPU ms.
Cost = tuple[str, float]


def section(steps: Steps) -> list[str]:
    """Its lines."""
    cases = of_cases(steps)
    columns = [dict([*shared_with_the_floor(case), *beyond_the_floor(case)]) for case in cases.values()]
    rows = [(words, *(milliseconds(column[words]) for column in columns)) for words in columns[0]]
    named = [f"`{name}`, ms" for name in cases] if len(cases) > 1 else ["CPU ms an image"]
    return [
        "## The steps",
        "",
        (
            f"Where the hands' CPU goes for an image of one task, of {steps['images']} images: a clock at each "
            "step, of the CPU of its thread, without what other steps in it took."
        ),
        "The clocks are in the figures, so the sum is more than that of the hands.",
        "",
        *table(
            ("step", *named), [*rows, ("**all**", *(milliseconds(case["total"]) for case in cases.values()))]
        ),
        "",
        (
            "The floor does the first three alone. What it would take to come near it stands with [the goals](#the-goals) "
            "that are missed."
        ),
    ]


def of_cases(steps: Steps) -> dict[str, Steps]:
    """The steps of each case of the hands that they were measured of."""
    return {PNG: steps, **steps.get(FORMATS, {})}


def shared_with_the_floor(steps: Steps) -> list[Cost]:
    """What the floor does as well."""
    return [(_DECODERS, steps["decoders"]), *_costs(steps["steps"], _OF_THE_FLOOR)]


def beyond_the_floor(steps: Steps) -> list[Cost]:
    """What ours does and the floor does not; what no clock saw is the rest."""
    told = [*_costs(steps["steps"], _STEPS), *_costs(steps["threads"], _THREADS)]
    seen = sum(ms for _, ms in [*shared_with_the_floor(steps), *told])
    return [*told, (_REST, max(0.0, steps["total"] - seen))]


def _costs(spent: Mapping[str, float], named: Sequence[tuple[str, tuple[str, ...]]]) -> list[Cost]:
    return [(words, sum(spent.get(name, 0.0) for name in names)) for words, names in named]
