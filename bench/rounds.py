"""What is made of many figures: percentiles within a round, medians over the rounds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any

# Three significant digits: no measurement of ours repeats any closer.
_DIGITS = 3


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many per cent do not exceed (nearest rank); an empty sequence has none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def medians(rounds: Sequence[Any]) -> Any:
    """One value of many alike: the median of numbers, and so on within objects; of other values the first."""
    first = rounds[0]
    if isinstance(first, dict):
        return {name: medians([each[name] for each in rounds]) for name in first}
    if isinstance(first, bool) or not isinstance(first, int | float):
        return first
    return rounded(statistics.median(rounds))


def in_turn(names: Sequence[str], number: int) -> list[str]:
    """The names from another one on in each round, so that nobody always comes first."""
    first = number % len(names)
    return [*names[first:], *names[:first]]


def rounded(value: float) -> float:
    """A number with as many digits as mean something; whole numbers of a hundred and more stay whole."""
    if value == 0:
        return 0.0
    places = _DIGITS - 1 - math.floor(math.log10(abs(value)))
    return round(value, places) if places > 0 else float(round(value))
