"""What one run of one contestant came to, and what several runs come to together."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


class CannotMeasure(Exception):
    """A contestant did not do its work, or not in time; its text is for people."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """One run; start-up is not in it, but for the memory. `kept`: what stands in the bucket."""

    cpu_ms: float  # an image
    images_per_s: float
    peak_mb: float
    in_flight: int
    kept: str


def medians(runs: Sequence[Figures]) -> dict[str, float | int | str]:
    """Each figure's median over the rounds; the peak is the highest of all, since it is a peak."""
    return {
        "cpu_ms": round(statistics.median(run.cpu_ms for run in runs), 2),
        "images_per_s": round(statistics.median(run.images_per_s for run in runs), 1),
        "peak_mb": round(max(run.peak_mb for run in runs)),
        "in_flight": max(run.in_flight for run in runs),
        "kept": runs[-1].kept,
    }
