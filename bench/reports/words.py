"""Numbers and tables as they stand in the page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_SMALL = 10


def rate(per_s: float) -> str:
    """A rate: with thousands, and with a decimal where it is small."""
    return f"{per_s:,.1f}" if per_s < _SMALL else f"{per_s:,.0f}"


def milliseconds(value: float) -> str:
    """A time in ms, without a unit."""
    return f"{value:,.1f}" if value < _SMALL else f"{value:,.0f}"


def ratio(value: float, to: float) -> str:
    """How many times as much the one is as the other."""
    return f"{value / to:.2f}" if to else "-"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table; all columns but the first hold numbers."""
    ruler = ["---", *["---:" for _ in head[1:]]]
    return [f"| {' | '.join(row)} |" for row in (head, ruler, *rows)]


def verdict(is_met: bool) -> str:  # noqa: FBT001 - the one thing that it says
    """Whether a goal is met."""
    return "met" if is_met else "not met"


def counted(rounds: int) -> str:
    """How many rounds there were."""
    return "one round" if rounds == 1 else f"{rounds} rounds"
