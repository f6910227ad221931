"""Waiting for the catalogue to be rolled up: at the end of a run the day is over, and nothing stands but its files."""

from __future__ import annotations

import contextlib
from typing import NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from tests.system.stack import Stack, until

# A look, a child that writes the file, the grace, a look; and as much again for a worker that was killed last.
_WITHIN_S = 60.0


class RolledUp(NamedTuple):
    """What stands in the catalogue."""

    batches: int
    hours: int
    days: int

    @property
    def whole(self) -> bool:
        """Whether days alone stand there."""
        return self.days > 0 and not self.batches and not self.hours

    def __str__(self) -> str:
        return f"{self.days} files of days, {self.hours} of hours, {self.batches} batches"


def rolled_up(stack: Stack) -> RolledUp:
    """Wait for it; what stood there at last."""
    found = _standing(stack)

    def whole() -> bool:
        nonlocal found
        with contextlib.suppress(BotoCoreError, ClientError):
            found = _standing(stack)
        return found.whole

    with contextlib.suppress(AssertionError):
        until("the catalogue to be rolled up", whole, _WITHIN_S, 0.5)
    return found


def _standing(stack: Stack) -> RolledUp:
    keys = stack.keys("catalog/")
    days = sum(key.endswith(".parquet") for key in keys)
    hours = sum("~" in key for key in keys) - days
    return RolledUp(len(keys) - days - hours, hours, days)
