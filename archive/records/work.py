"""What is still to be done for a task, as an object in `due/`."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from msgspec import Meta, structs

from archive.layout import KEY_MAX_BYTES
from archive.records.asset import Detail, KeptAsset, LostAsset
from archive.records.bounds import Most, Text, Whole
from archive.records.damage import Damage
from archive.records.delivery import Replay, Trace, Via
from archive.records.history import NAMED_MOST, Counted, History
from archive.records.ids import Count, DeliveryId, Moment, Origin, ProviderName, TaskId
from archive.records.notification import (
    SOURCES_MOST,
    Billing,
    Forgave,
    Model,
    Remarks,
    Source,
    Status,
    TaskError,
    without_query,
)
from archive.records.order import Order
from archive.records.record import Record

# A delivery that names its task alone, in JSON: a body of 200 bytes, some headers, and those of its signature.
CARRIED_MAX_BYTES = 8_192
# The origin of asking a provider for what a callback does not say.
INSTEAD_ORIGIN = "ask-instead"
# What is said of an entry whose work was given up.
LOOKED_AT_AGAIN = "given up, and looked at once more when no other run can be under way"


class Heard(Record, frozen=True, kw_only=True):
    """What is remembered of one delivery: the history of a task is a list of these.

    `signature` is what a check of the provider's signature came to (`providers/verifying/verifier.py`); none: not checked.
    """

    delivery_id: DeliveryId
    received_at: Moment
    status: Status
    origin: Origin
    via: Via = "callback"
    model: Model | None = None
    created_at: datetime | None = None
    ended_at: datetime | None = None
    error: TaskError | None = None
    billing: Billing | None = None
    remarks: Remarks | None = None
    forgave: Forgave = ()
    signature: Annotated[str, Meta(pattern=r"^[a-z_]{1,16}(?![\s\S])", extra={"most_bytes": 16})] | None = (
        None
    )

    @property
    def identity(self) -> str:
        """A delivery is remembered once."""
        return self.delivery_id


class Work(Record, frozen=True, kw_only=True):
    """What is still to be done for one task and origin.

    `when` in its key is the end of a lease while `leased`, else the planned time of the next try.
    `heard` are the first and the last deliveries that told of it, and `counted` those between.
    `ordered` says that what was ordered stands in `orders/`; `confirmed` that the sources are the task API's.
    `short` says that its links live for an hour or less: it stands before all others. `starts` counts the runs that were begun, this one included; `tries` those that ended with trouble that
    passes; `silent_endings` those that ended without a word. `claimant` tells one claim from another,
    `follows` is the key of the entry that was claimed. `first_lease_until` is when the lease ends that settle
    wrote, under which a doubled bell may have brought another run: kept from the first claim on, or from the first time
    that it was put off. `damages` are the bytes that came and were no sound image. `trace` is
    the trace that its runs go on with.
    """

    schema: Literal[1] = 1
    provider: ProviderName
    task_id: TaskId
    day: date
    origin: Origin
    sources: Annotated[tuple[Source, ...], Meta(max_length=SOURCES_MOST), Most(SOURCES_MOST)]
    expires_at: Moment
    kind: Literal["archive", "ask"] = "archive"
    heard: Annotated[tuple[Heard, ...], Most(NAMED_MOST)] = ()
    counted: Counted | None = None
    order: Order | None = None
    ordered: bool = False
    confirmed: bool = False
    short: bool = False
    leased: bool = True
    starts: Count = 1
    tries: Count = 0
    silent_endings: Count = 0
    claimant: Annotated[str, Text(64)] = ""
    follows: Annotated[str, Text(KEY_MAX_BYTES)] = ""
    first_lease_until: datetime | None = None
    trouble: Detail | None = None  # the reason of the last try that failed in passing
    kept: Annotated[tuple[KeptAsset, ...], Most(SOURCES_MOST)] = ()
    lost: Annotated[tuple[LostAsset, ...], Most(SOURCES_MOST)] = ()
    damages: Annotated[tuple[Damage, ...], Most(SOURCES_MOST)] = ()
    replay: Replay | None = None
    trace: Trace | None = None
    # Of work that asks for what a delivery was not meant to say: that delivery, as JSON. Empty: it has a letter.
    delivery: Annotated[bytes, Whole(4 * (CARRIED_MAX_BYTES // 3 + 1))] = b""

    @property
    def history(self) -> History[Heard]:
        """The deliveries that told of it."""
        return History(self.heard, self.counted)

    def told_by(self, history: History[Heard]) -> Work:
        """The same work, told of by these deliveries."""
        return structs.replace(self, heard=history.named, counted=history.counted)

    @property
    def identity(self) -> tuple[str, ...]:
        """Its sources, without their queries."""
        return tuple(without_query(source) for source in self.sources)

    @property
    def images(self) -> frozenset[tuple[int, str]]:
        """Its images, as `image_of` says."""
        return frozenset(enumerate(self.identity))

    @property
    def spread(self) -> timedelta:
        """Less than a second, by the deliveries that the work tells of.

        It is part of every time under which the work stands in `due/`, so that two works of one task and origin
        do not meet on one key: the late DELETE of one could remove the other.
        """
        if not self.heard:
            return timedelta(0)
        told = ",".join(sorted(heard.delivery_id for heard in self.heard))
        told += self.counted.digests if self.counted else ""
        return timedelta(milliseconds=int(hashlib.sha256(told.encode()).hexdigest(), 16) % 1000)

    @property
    def closes(self) -> tuple[str, ...]:
        """The origins that end with it: its own, and after a replay those of the deliveries that it tells of."""
        return tuple(sorted({self.origin, *(heard.origin for heard in self.heard)}))

    @property
    def heard_at(self) -> datetime | None:
        """When the first delivery of it came; None where nothing is known of one."""
        return min((heard.received_at for heard in self.heard), default=None)

    @property
    def looked_at_again(self) -> bool:
        """Whether it was given up already, and stands until no other run of it can be under way."""
        return self.trouble == LOOKED_AT_AGAIN

    def damage_of(self, index: int) -> Damage | None:
        """What is remembered of bytes that came for this image and were no sound one."""
        return next((damage for damage in self.damages if damage.index == index), None)

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
            first_lease_until=None,
            trouble=None,
            kept=(),
            lost=(),
            damages=(),
            replay=None,
            trace=None,
            delivery=b"",
        )

    @property
    def told_model(self) -> str | None:
        """The model that the provider names, as last heard."""
        return next((told.model for told in reversed(self.heard) if told.model), None)
