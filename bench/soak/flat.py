"""Is a series of figures flat? By its slope, which a few odd figures do not move. Pure.

The slope is the median of the slopes between all pairs of points (Theil and Sen):
https://en.wikipedia.org/wiki/Theil-Sen_estimator
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from statistics import median
from typing import NamedTuple

# What a process makes at its start (caches, pools, connections) is no leak: the first quarter is left out.
WARM_UP = 0.25
# Pairs grow with the square: of more points, so many that stand evenly apart.
POINTS_MOST = 150


class Point(NamedTuple):
    """A figure at a moment, in seconds."""

    at_s: float
    value: float


class Trend(NamedTuple):
    """Where a series began to be judged and how it ended, and by how much it grew meanwhile, by its slope."""

    first: float
    last: float
    most: float
    growth: float

    def is_flat(self, allowed: float, share: float) -> bool:
        """Whether it grew by no more than an amount, or than a share of what it began with."""
        return self.growth <= max(allowed, share * self.first)


def trend_of(points: Sequence[Point]) -> Trend:
    """The trend of a series, the warm-up left out. Needs four points or more."""
    ends = points[0].at_s + WARM_UP * (points[-1].at_s - points[0].at_s)
    judged = [point for point in points if point.at_s >= ends]
    step = max(1, len(judged) // POINTS_MOST)
    some = judged[::step]
    slopes = [
        (two.value - one.value) / (two.at_s - one.at_s)
        for one, two in combinations(some, 2)
        if two.at_s > one.at_s
    ]
    tenth = max(1, len(judged) // 10)
    return Trend(
        median(point.value for point in judged[:tenth]),
        median(point.value for point in judged[-tenth:]),
        max(point.value for point in points),
        median(slopes) * (judged[-1].at_s - judged[0].at_s),
    )
