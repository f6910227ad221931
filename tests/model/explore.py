"""Many seeds, one after the other, and what they found."""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.model.parts import Parts
from tests.model.weather import Kind
from tests.model.world import World


@dataclass
class Findings:
    """What a range of seeds came to."""

    seeds: int = 0
    steps: int = 0
    seconds: float = 0.0
    failed: dict[int, list[str]] = field(default_factory=dict)
    most_entries: int = 0
    most_beyond: int = 0
    late: int = 0
    untidy: int = 0

    @property
    def laws(self) -> Counter[str]:
        """How many seeds broke each law."""
        return Counter(
            law for broken in self.failed.values() for law in {each.split(":")[0] for each in broken}
        )

    def told(self) -> str:
        """A line for people."""
        return (
            f"{self.seeds} seeds, {len(self.failed)} failed, {self.steps} steps in {self.seconds:.1f} s: "
            f"{self.seeds / self.seconds:.0f} seeds/s, {self.steps / self.seconds:.0f} steps/s; "
            f"most entries of one origin {self.most_entries} ({self.most_beyond} beyond those made); "
            f"{self.late} with a run cut off late, {self.untidy} untidy by it"
        )


def explore(seeds: Iterable[int], parts: Parts, weather: Kind = "mild", *, until_failed: int = 0) -> Findings:
    """Run each seed in this weather; stop early when so many have failed."""
    findings, began = Findings(), time.perf_counter()
    for seed in seeds:
        with _undisturbed():
            world = World(seed, parts, weather)
            violations = world.run()
        findings.seeds += 1
        findings.steps += len(world.trace.steps)
        ledger = world.s3.ledger
        findings.most_entries = max(findings.most_entries, ledger.most_entries)
        findings.most_beyond = max(findings.most_beyond, ledger.most_beyond_batches)
        findings.late += bool(ledger.cut_off_late)
        findings.untidy += any(step.what == "UNTIDY" for step in world.trace.steps)
        if violations:
            findings.failed[seed] = violations
            if until_failed and len(findings.failed) >= until_failed:
                break
    findings.seconds = time.perf_counter() - began
    return findings


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Without Python's collector, which takes a tenth of the time of a seed and finds little before its end."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
