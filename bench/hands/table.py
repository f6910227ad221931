"""The figures as a table for people: a line for each case and contestant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bench.hands.cases import EVERYBODY, FLOOR

_HEAD: Final = ("case", "who", "CPU ms", "x floor", "images/s", "peak MB", "in flight", "kept")


def text_of(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """The table; who had trouble tells it in a line below."""
    rows, notes = [_HEAD], []
    for name, case in figures.items():
        for who in EVERYBODY:
            if f"{who}_trouble" in case:
                notes.append(f"{name} {who}: {case[f'{who}_trouble']}")
            if f"{who}_cpu_ms" not in case:
                continue
            floor = case.get(f"{FLOOR}_cpu_ms")
            rows.append(
                (
                    name,
                    who,
                    f"{case[f'{who}_cpu_ms']:.1f}",
                    f"{case[f'{who}_cpu_ms'] / floor:.2f}" if floor else "",
                    f"{case[f'{who}_images_per_s']:.1f}",
                    str(case[f"{who}_peak_mb"]),
                    str(case.get(f"{who}_in_flight", "")),
                    case[f"{who}_kept"],
                )
            )
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join([*(line.rstrip() for line in lines), *notes])
