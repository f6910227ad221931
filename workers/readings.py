"""What deliveries say, and what follows from it: work, or the manifest of an ending. Pure.

Deliveries of one task and one origin (the same status and links) say the same and are taken together.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from msgspec import structs

from archive.errors import IdAlone, MalformedRecord, Unreadable
from archive.reasons import Reason
from archive.records.asset import KeptAsset
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Delivery
from archive.records.history import history_of
from archive.records.manifest import Manifest
from archive.records.notification import Notification
from archive.records.order import Order
from archive.records.order_record import OrderRecord
from archive.records.room import closings
from archive.records.told_order import ToldOrder, is_of_unknown_door, is_order
from archive.records.work import CARRIED_MAX_BYTES, INSTEAD_ORIGIN, Heard, Work
from providers.expecting.expectation import Expectation, differences, expect, task_differences
from providers.provider import SHORT_LIFE_S
from providers.reading.delivered import task_named_by, told_whole
from providers.reading.link_end import end_of_link
from providers.registry import provider_named

log = logging.getLogger(__name__)

# A task is heard of within a day or two of its creation; an older date in a body is not believed.
OLDEST_CREATION = timedelta(hours=48)
# An ordered task is asked for as long as this at least: a provider may have it wait for hours.
ASKED_LEAST = timedelta(hours=24)
SHORT_LIFE = timedelta(seconds=SHORT_LIFE_S)
# The origin of asking for what was ordered: one for each task, however often it is told.
ASK_ORIGIN = "ask"
# The same for a callback that does not say enough, but which task it is of.
WORTH_ASKING = {
    Reason.NO_SOURCES,
    Reason.AMBIGUOUS,
    Reason.UNKNOWN_STATUS,
    Reason.UNREADABLE,
}
# The findings of an image that follow from its order or model; all others are of its bytes.
_OF_ORDERS = {"dimensions", "format", "impossible_size"}


class Read(NamedTuple):
    """A delivery with what it says, and what a check of its signature came to."""

    delivery: Delivery
    notification: Notification
    signature: str | None = None

    @property
    def heard(self) -> Heard:
        """What is remembered of it."""
        told = self.notification
        return Heard(
            delivery_id=self.delivery.id,
            received_at=self.delivery.received_at,
            status=told.status,
            origin=told.origin,
            via=self.delivery.via,
            model=told.model,
            created_at=told.created_at,
            ended_at=told.ended_at,
            error=told.error,
            billing=told.billing,
            remarks=told.remarks,
            forgave=told.forgave,
            signature=self.signature,
        )


def unchecked(_delivery: Delivery, _now: datetime) -> str | None:
    """Where no signature is looked at."""
    return None


def letter_of(delivery: Delivery, reason: Reason, detail: str) -> DeadLetter:
    """The dead letter of a delivery; its time is the delivery's, so that twice writes the same."""
    return DeadLetter(
        reason=reason,
        detail=detail,
        at=delivery.received_at,
        provider=delivery.provider,
        task_id=task_id_of(delivery),
        label=delivery.claims.label,
        delivery=delivery,
        replays=(delivery.replay,) if delivery.replay else (),
    )


def read_delivery(delivery: Delivery) -> tuple[Notification, Mapping[str, str]]:
    """What a delivery says, in our words, and the images that it holds itself, as `told_whole` has them.

    Raises Unreadable, and nothing else: a reader's fault is one too.
    """
    try:
        return told_whole(delivery)
    except Unreadable:
        raise
    except Exception as error:  # whatever a reader stumbles over, the delivery is kept
        log.exception("reader of %s failed on delivery %s", delivery.provider, delivery.id)
        raise Unreadable(
            Reason.UNREADABLE, "the reader failed on it, a fault of ours that the worker's log tells"
        ) from error


def task_id_of(delivery: Delivery) -> str | None:
    """The task that a delivery names, even where the rest of it cannot be read."""
    try:
        if is_order(delivery) or is_of_unknown_door(delivery):
            return ToldOrder.from_json(delivery.body).task_id
        return task_named_by(delivery)
    except MalformedRecord:
        return None


def work_of(reads: list[Read], *, day: date, link_life_h: float) -> Work:
    """The work that completed deliveries of one origin ask for."""
    reads = sorted(reads, key=lambda read: read.delivery.id)
    told = reads[0].notification
    replay = next((read.delivery.replay for read in reads if read.delivery.replay), None)
    history, dies_at = history_of(read.heard for read in reads), links_die_at(reads[0], link_life_h)
    return Work(
        provider=told.provider,
        task_id=told.task_id,
        day=day,
        origin=told.origin,
        sources=told.sources,
        expires_at=dies_at,
        heard=history.named,
        counted=history.counted,
        order=_ordered(reads),
        ordered=any(read.delivery.claims.ordered for read in reads),
        short=_lives_short(reads[0], dies_at, link_life_h),
        replay=replay,
        trace=next((read.delivery.trace for read in reads if read.delivery.trace), None),
    )


def ending_of(reads: list[Read], now: datetime) -> Manifest:
    """The manifest of a task that failed or was cancelled, as its last delivery says."""
    reads = sorted(reads, key=lambda read: read.delivery.id)
    told, order = reads[-1].notification, _ordered(reads)
    assert told.status in {"failed", "cancelled"}
    history = history_of(read.heard for read in reads)
    replays = history_of(read.delivery.replay for read in reads if read.delivery.replay)
    return Manifest(
        provider=told.provider,
        task_id=told.task_id,
        changed_at=now,
        status="failed" if told.status == "failed" else "cancelled",
        model=told.model,
        label=order.label if order else None,
        created_at=told.created_at,
        error=told.error,
        order=order,
        billing=told.billing,
        remarks=told.remarks,
        notifications=history.named,
        counted=history.counted,
        closed=closings(read.notification.origin for read in reads),
        replays=replays.named,
        counted_replays=replays.counted,
    )


def ask_of(record: OrderRecord, *, day: date, link_life_h: float) -> Work:
    """The work of asking for a task that was ordered, if nothing comes."""
    return Work(
        kind="ask",
        provider=record.provider,
        task_id=record.task_id,
        day=day,
        origin=ASK_ORIGIN,
        sources=(),
        expires_at=record.told_at + asked_for(record.provider, link_life_h),
        # With a prompt it stands in `orders/` alone; what is here names the dead letter.
        order=record.order.impersonal,
        ordered=True,
        short=is_short(record.provider, link_life_h),
        leased=False,
        starts=0,
    )


def ask_instead_of(
    delivery: Delivery, task_id: str, why: Unreadable, *, day: date, link_life_h: float
) -> Work:
    """The work of asking a provider for what a callback does not say; `heard` names the delivery.

    One that names its task alone, as its provider means it, is carried whole, and needs no letter.
    """
    alone = why if isinstance(why, IdAlone) else None
    ended_at = alone.ended_at if alone else None
    told = delivery.to_json() if alone else b""
    heard = Heard(
        delivery_id=delivery.id,
        received_at=delivery.received_at,
        status="completed",
        origin=INSTEAD_ORIGIN,
        via=delivery.via,
    )
    return Work(
        kind="ask",
        provider=delivery.provider,
        task_id=task_id,
        day=day,
        origin=INSTEAD_ORIGIN,
        sources=(),
        expires_at=lives_from(delivery.received_at, ended_at) + link_life(delivery.provider, link_life_h),
        heard=(heard,),
        delivery=told if len(told) <= CARRIED_MAX_BYTES else b"",
        short=is_short(delivery.provider, link_life_h),
        ordered=delivery.claims.ordered,
        trouble=str(why),
    )


def with_order(manifest: Manifest, order: Order, now: datetime) -> Manifest:
    """A manifest that is told of its order afterwards, with the findings that follow from it."""
    label = manifest.label or order.label
    if manifest.status != "completed":
        return structs.replace(manifest, order=order, label=label, changed_at=now)
    expectation = expect(manifest.provider, order, manifest.model)

    return structs.replace(
        manifest,
        order=order,
        label=label,
        changed_at=now,
        assets=tuple(
            held_against(asset, expectation) if isinstance(asset, KeptAsset) else asset
            for asset in manifest.assets
        ),
        findings=task_differences(expectation, told_model=manifest.model, count=len(manifest.assets)),
    )


def held_against(asset: KeptAsset, expectation: Expectation) -> KeptAsset:
    """A kept image with the findings that follow from an order, in place of those of another or of none."""
    of_bytes = tuple(finding for finding in asset.findings if finding.kind not in _OF_ORDERS)
    differs = differences(expectation, width=asset.width, height=asset.height, format=asset.format)
    return structs.replace(asset, findings=(*differs, *of_bytes))


def links_die_at(read: Read, link_life_h: float) -> datetime:
    """When the links die, counted from the task's end as its provider tells it, else from its creation, else from the delivery.

    Never from later than the delivery. A task may wait for an hour before it is begun: where links live no longer than that, its
    creation says nothing. Where a link's own words say that it ends sooner, then that.
    """
    received, told = read.delivery.received_at, read.notification
    life = link_life(told.provider, link_life_h)
    began = lives_from(received, told.ended_at or (told.created_at if life > SHORT_LIFE else None))
    ends = [end for source in told.sources if (end := end_of_link(source)) is not None]
    return min([began + life, *ends])


def lives_from(received: datetime, began: datetime | None) -> datetime:
    """Since when what was made lives: as its provider tells it, where that can be; never from later than the receipt."""
    return began if began is not None and received - OLDEST_CREATION <= began < received else received


def _lives_short(read: Read, dies_at: datetime, link_life_h: float) -> bool:
    """Whether its work goes before all other: its provider's links live short, or these are about to die."""
    left = dies_at - read.delivery.received_at
    return is_short(read.notification.provider, link_life_h) or timedelta() < left <= SHORT_LIFE


def _ordered(reads: list[Read]) -> Order | None:
    """What the tickets say was ordered; the first that says anything holds."""
    return next((order for read in reads if (order := read.delivery.claims.order())), None)


def asked_for(provider: str, link_life_h: float) -> timedelta:
    """How long an ordered task is asked for: its links live from its end on, and it may wait long before it is begun."""
    life = link_life(provider, link_life_h)
    return life if link_life_h else max(life, ASKED_LEAST)


def is_short(provider: str, link_life_h: float) -> bool:
    """Whether the links of a provider live so short that its work goes before all other."""
    return link_life(provider, link_life_h) <= SHORT_LIFE


def link_life(provider: str, link_life_h: float) -> timedelta:
    """How long links live: as the setting says, else as the provider does."""
    if link_life_h:
        return timedelta(hours=link_life_h)
    return timedelta(seconds=provider_named(provider).link_life_s)
