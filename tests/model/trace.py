"""Who did what, step by step: what a person reads when a seed has failed."""

from __future__ import annotations

from typing import NamedTuple

from tests.model.actor import acting


class Step(NamedTuple):
    """One step."""

    at_s: float
    who: str
    what: str
    key: str
    outcome: str

    def told(self, number: int) -> str:
        """A line."""
        return f"{number:5d} {self.at_s:10.1f}s  {self.who:<14} {self.what:<8} {self.key}  {self.outcome}"


class Trace:
    """All steps of one run of the model, and its time in seconds since it began."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.steps: list[Step] = []
        self.violations: list[str] = []

    def note(self, what: str, key: str = "", outcome: str = "") -> None:
        """Add a step of whoever is at it."""
        actor = acting()
        self.steps.append(Step(self.now_s, actor.name if actor else "-", what, key, outcome))

    def violated(self, law: str, detail: str) -> None:
        """A law does not hold: `law` is its slug."""
        self.violations.append(f"{law}: {detail}")
        self.note("VIOLATED", law, detail)

    def told(self) -> str:
        """The whole story."""
        return "\n".join(step.told(number) for number, step in enumerate(self.steps, 1))
