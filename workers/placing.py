"""What becomes of a batch while it is settled."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import NamedTuple

from archive.records.delivery import Delivery
from archive.records.work import Work
from archive.store.swap import UNKNOWN
from workers.account import Account
from workers.readings import Read

# Deliveries that are placed together: provider, task, and of completed ones origin and links with their queries.
# Links that differ in their query only have one origin, but either may be the one that lives. All other endings of
# a task are one manifest.
Said = tuple[str, str, str, tuple[str, ...]]


def stray(line: bytes, gathered: datetime) -> Delivery:
    """A line of a batch that is no delivery, as one: its id follows from its bytes, so that twice writes the same."""
    name = f"line-{hashlib.sha256(line).hexdigest()[:24]}"
    return Delivery(id=name, received_at=gathered, provider=UNKNOWN, body=line)


class Placing(NamedTuple):
    """What becomes of a batch: its deliveries that are placed together, the bells, what is told the catalogue."""

    gathered: datetime
    readable: dict[Said, list[Read]]
    rings: list[tuple[str, Work]]
    account: Account
