"""What becomes of a batch while it is settled."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from archive.records.work import Work
from workers.account import Account
from workers.readings import Read

# Deliveries that are placed together: provider, task, and of completed ones origin and links with their queries.
# Links that differ in their query only have one origin, but either may be the one that lives. All other endings of
# a task are one manifest.
Said = tuple[str, str, str, tuple[str, ...]]


class Placing(NamedTuple):
    """What becomes of a batch: its deliveries that are placed together, the bells, what is told the catalogue."""

    gathered: datetime
    readable: dict[Said, list[Read]]
    rings: list[tuple[str, Work]]
    account: Account
