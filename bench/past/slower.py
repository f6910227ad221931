"""What became worse since an earlier run by more than the noise of the rounds. Pure.

The noise of a figure is what its rounds differ by (the highest less the lowest), before and now together. So what is
called slower was worse in every round than in any round before. One round alone tells of no noise: it is not judged.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.past.watched import WATCHED, Watched

ROUNDS_LEAST = 2

Run = Mapping[str, Any]
Rounds = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Since:
    """A figure's medians in an earlier run and now, and by how much they may differ without a cause."""

    began: str  # the earlier run
    watched: Watched
    before: float
    now: float
    noise: float

    @property
    def is_slower(self) -> bool:
        """Whether it is worse by more than the noise."""
        worse_by = self.before - self.now if self.watched.more_is_better else self.now - self.before
        # Sums of decimals are off by less than this.
        return worse_by > self.noise + 1e-9


def since(runs: Sequence[Run]) -> list[Since]:
    """Each figure as the latest run had it, against the one before it that measured it on the same kind of machine."""
    return [found for watched in WATCHED if (found := _since(watched, runs))]


def _since(watched: Watched, runs: Sequence[Run]) -> Since | None:
    """None, if it was measured once only, or in too few rounds."""
    judged = [run for run in runs if len(_rounds_of(run).get(watched.name, ())) >= ROUNDS_LEAST]
    if not judged:
        return None
    *earlier, last = judged
    alike = [run for run in earlier if run["machine"] == last["machine"]]
    if not alike:
        return None
    before, now = (_rounds_of(run)[watched.name] for run in (alike[-1], last))
    noise = _spread(before) + _spread(now)
    return Since(str(alike[-1]["began"]), watched, statistics.median(before), statistics.median(now), noise)


def _rounds_of(run: Run) -> Rounds:
    return {**run["ratios"], **run["figures"]}


def _spread(rounds: Sequence[float]) -> float:
    return max(rounds) - min(rounds)
