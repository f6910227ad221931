"""The section of the requests to S3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.reports.words import table, verdict

_LOADS = {"lone": "lone callbacks, five a second", "ten": "ten callbacks at the same time"}
_PUTS_GOAL, _DOLLARS_GOAL = 3.3, 17.0

Figures = Mapping[str, Any]


def section(requests: Figures) -> list[str]:
    """Its lines."""
    lone = requests["lone"]
    return [
        "## The requests",
        "",
        (
            "What one task with one image asks of S3, receiver and worker counted, until its line and its last DELETE "
            "are done. Looks whether the store is there are left out; LISTs are the sweep's and come by the clock. A DELETE "
            "may remove many."
        ),
        "",
        *table(
            ("a task", "PUT", "GET", "DELETE", "LIST", "dollars a million"),
            [(_LOADS[name], *_row(requests[name])) for name in _LOADS],
        ),
        "",
        f"- At most {_PUTS_GOAL} PUTs, lone: {lone['put']:.1f}, {verdict(lone['put'] <= _PUTS_GOAL)}",
        (
            f"- At most ${_DOLLARS_GOAL:.0f} a million, lone: ${lone['dollars_a_million']:.2f}, "
            f"{verdict(lone['dollars_a_million'] <= _DOLLARS_GOAL)}"
        ),
    ]


def _row(each: Figures) -> tuple[str, ...]:
    counts = tuple(f"{each[method]:.2f}" for method in ("put", "get", "delete", "list"))
    return (*counts, f"{each['dollars_a_million']:.2f}")
