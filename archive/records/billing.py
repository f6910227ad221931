"""What a provider's billing comes to: one number, in that provider's own unit, by which tasks are found and counted.

It is never converted, and never summed over providers. What was told stands beside it, whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

# What was used before what was charged, and both before a bare word for either. What was merely reserved is no cost.
_NAMES = (
    "credits_used",
    "charged_credits",
    "consumed_credits",
    "consumeCredits",
    "creditsConsumed",
    "credits",
    "cost",
)


def cost_in(billing: Mapping[str, Any] | None) -> float | None:
    """What a task cost, as its provider told it; None where it told no number, or one below nothing."""
    told = dict(_numbers(billing or {}))
    return next((told[name] for name in _NAMES if name in told), None)


def _numbers(told: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """The numbers by their names, the deepest first: one that stands higher holds."""
    for value in told.values():
        if isinstance(value, Mapping):
            yield from _numbers(value)
    for name, value in told.items():
        if name in _NAMES and (number := _number(value)) is not None:
            yield name, number


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and number >= 0 else None
