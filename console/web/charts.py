"""Bars drawn by the server: across in hundredths of the width, so that words keep their size on a phone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

HEIGHT, BOTTOM, TOP = 160, 18, 14


class Bar(NamedTuple):
    """A bar of two parts, the lower and the upper: where they stand (x and width in %, else px), and what is said on hover."""

    x: float
    wide: float
    y_lower: float
    lower: float
    y_upper: float
    upper: float
    said: str


class Chart(NamedTuple):
    """Bars, the words below them with where they begin (%), and the highest value; the height is in px."""

    bars: list[Bar]
    words: list[tuple[float, str]]
    highest: int
    summary: str
    height: int = HEIGHT


def chart(values: Sequence[tuple[str, int, int]], summary: str, words: int = 6) -> Chart:
    """A chart of these: what each is called, its lower and its upper part."""
    highest = max((lower + upper for _, lower, upper in values), default=0)
    step = 100 / max(len(values), 1)
    room = HEIGHT - BOTTOM - TOP
    bars = []
    for place, (name, lower, upper) in enumerate(values):
        low, up = (room * part / highest if highest else 0.0 for part in (lower, upper))
        floor = HEIGHT - BOTTOM
        bars.append(
            Bar(
                round(place * step + step * 0.1, 2),
                round(step * 0.8, 2),
                round(floor - low, 1),
                round(low, 1),
                round(floor - low - up, 1),
                round(up, 1),
                f"{name}: {lower:,}" + (f" and {upper:,}" if upper else ""),
            )
        )
    every = max(1, len(values) // words)
    shown = [
        (round(place * step + step * 0.1, 2), name)
        for place, (name, _, _) in enumerate(values)
        if place % every == 0
    ]
    return Chart(bars, shown, highest, summary)
