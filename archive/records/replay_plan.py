"""A replay as it was begun: which dead letters become due again, and when.

It is written before the first of them is made due, so that a replay that was broken off can be gone on with
under its own id, and writes the very keys that it would have written.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from archive.records.delivery import Replay
from archive.records.dismissal import Dismissal
from archive.records.ids import DeadKey, Moment
from archive.records.record import Record


class Planned(Record, frozen=True, kw_only=True):
    """One item: the key of its dead letter, and when it becomes due."""

    letter: DeadKey
    when: Moment

    @property
    def identity(self) -> str:
        """A letter is planned once."""
        return self.letter


class ReplayPlan(Record, frozen=True, kw_only=True, omit_defaults=False):
    """Who replays what, when and why; `cancelled` says who called it off."""

    replay: Replay
    schema: Literal[1] = 1
    items: tuple[Planned, ...] = ()
    cancelled: Dismissal | None = None

    @property
    def times(self) -> dict[str, datetime]:
        """When each letter becomes due, by its key."""
        return {item.letter: item.when for item in self.items}
