"""The section of the requests to S3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.reports.words import table

_LOADS = {"lone": "lone callbacks, five a second", "ten": "ten callbacks at the same time"}

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
        *_by_kind(lone.get("kinds", {})),
    ]


def _row(each: Figures) -> tuple[str, ...]:
    counts = tuple(f"{each[method]:.2f}" for method in ("put", "get", "delete", "list"))
    return (*counts, f"{each['dollars_a_million']:.2f}")


def _by_kind(kinds: Figures) -> list[str]:
    """What a lone one asks, by the top of the key."""
    told = [f"{kind} {count:.2f}" for kind, count in kinds.items() if kind != "LIST"]
    return ["", f"A lone one, by the top of the key: {', '.join(told)}."] if told else []
