"""Bars drawn by the server. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

WIDTH, HEIGHT, BOTTOM, TOP = 720, 160, 18, 14


class Bar(NamedTuple):
    """A bar of two parts, the lower and the upper: where they stand, and what is said of them on hover."""

    x: float
    wide: float
    y_lower: float
    lower: float
    y_upper: float
    upper: float
    said: str


class Chart(NamedTuple):
    """Bars, the words below them, and the highest value."""

    bars: list[Bar]
    words: list[tuple[float, str]]
    highest: int
    summary: str
    width: int = WIDTH
    height: int = HEIGHT


def chart(values: Sequence[tuple[str, int, int]], summary: str, words: int = 6) -> Chart:
    """A chart of these: what each is called, its lower and its upper part."""
    highest = max((lower + upper for _, lower, upper in values), default=0)
    step = WIDTH / max(len(values), 1)
    room = HEIGHT - BOTTOM - TOP
    bars = []
    for place, (name, lower, upper) in enumerate(values):
        low, up = (room * part / highest if highest else 0.0 for part in (lower, upper))
        floor = HEIGHT - BOTTOM
        bars.append(
            Bar(
                round(place * step + step * 0.1, 1),
                round(step * 0.8, 1),
                round(floor - low, 1),
                round(low, 1),
                round(floor - low - up, 1),
                round(up, 1),
                f"{name}: {lower:,}" + (f" and {upper:,}" if upper else ""),
            )
        )
    every = max(1, len(values) // words)
    shown = [
        (round(place * step + step / 2, 1), name)
        for place, (name, _, _) in enumerate(values)
        if place % every == 0
    ]
    return Chart(bars, shown, highest, summary)
