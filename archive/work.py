"""What is still to be done for a task, as an object in `due/`."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from typing import Literal

from msgspec import structs

from archive.asset import KeptAsset, LostAsset
from archive.delivery import Replay, Via
from archive.notification import Status, TaskError, without_query
from archive.order import Order
from archive.record import Record


class Heard(Record, frozen=True, kw_only=True):
    """What is remembered of one delivery: the history of a task is a list of these."""

    delivery_id: str
    received_at: datetime
    status: Status
    origin: str
    via: Via = "callback"
    model: str | None = None
    created_at: datetime | None = None
    error: TaskError | None = None
    billing: dict[str, object] | None = None

    @property
    def identity(self) -> str:
        """A delivery is remembered once."""
        return self.delivery_id


class Work(Record, frozen=True, kw_only=True):
    """What is still to be done for one task and origin.

    `when` in its key is the end of a lease while `leased`, else the planned time of the next try.
    `ordered` says that what was ordered stands in `orders/`; `confirmed` that the sources are the task API's.
    `starts` counts the runs that were begun, this one included; `tries` those that ended with trouble that
    passes; `silent_endings` those that ended without a word. `claimant` tells one claim from another,
    `follows` is the key of the entry that was claimed.
    """

    schema: Literal[1] = 1
    provider: str
    task_id: str
    day: date
    origin: str
    sources: tuple[str, ...]
    expires_at: datetime
    kind: Literal["archive", "ask"] = "archive"
    heard: tuple[Heard, ...] = ()
    order: Order | None = None
    ordered: bool = False
    confirmed: bool = False
    leased: bool = True
    starts: int = 1
    tries: int = 0
    silent_endings: int = 0
    claimant: str = ""
    follows: str = ""
    trouble: str | None = None  # the reason of the last try that failed in passing
    kept: tuple[KeptAsset, ...] = ()
    lost: tuple[LostAsset, ...] = ()
    replay: Replay | None = None

    @property
    def identity(self) -> tuple[str, ...]:
        """Its sources, without their queries."""
        return tuple(without_query(source) for source in self.sources)

    @property
    def spread(self) -> timedelta:
        """Less than a second, by the deliveries that the work tells of.

        It is part of every time under which the work stands in `due/`, so that two works of one task and origin
        do not meet on one key: the late DELETE of one could remove the other.
        """
        if not self.heard:
            return timedelta(0)
        told = ",".join(sorted(heard.delivery_id for heard in self.heard))
        return timedelta(milliseconds=int(hashlib.sha256(told.encode()).hexdigest(), 16) % 1000)

    @property
    def impersonal_order(self) -> Order | None:
        """The order as it may stand in `due/` and in a dead letter: without its prompt."""
        return self.order.impersonal if self.order else None

    @property
    def afresh(self) -> Work:
        """The same work as nobody has begun it, as it stands in a dead letter."""
        return structs.replace(
            self,
            order=self.impersonal_order,
            leased=True,
            starts=1,
            tries=0,
            silent_endings=0,
            claimant="",
            follows="",
            trouble=None,
            kept=(),
            lost=(),
            replay=None,
        )

    @property
    def told_model(self) -> str | None:
        """The model that the provider names, as last heard."""
        return next((told.model for told in reversed(self.heard) if told.model), None)
