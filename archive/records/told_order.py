"""An order as its customer tells it: the body of a delivery that came as one.

The request is carried as it was submitted and interpreted by nobody on its way; only the callback URL, which
is a credential, is taken out of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from archive.errors import MalformedRecord
from archive.records.delivery import Delivery, Via
from archive.records.ids import TaskUrl
from archive.records.order import Claims, Label
from archive.records.record import Record
from archive.task_ids import TASK_ID

# What such a delivery says of its body. It makes none an order: a stranger can say it at a callback URL.
ORDER_TYPE = "application/vnd.fixative.order+json"

# The keys under which requests hold a callback URL, or the secret that it is signed with, without `_`, `-` and case.
_CALLBACKS = frozenset({"callbackurl", "callback", "webhook", "webhookurl", "webhooksecret"})


class ToldOrder(Record, frozen=True, kw_only=True):
    """One order: the task's id, the request as it was submitted, a label, who told it, and the task's own address."""

    task_id: Annotated[str, Meta(pattern=rf"\A(?:{TASK_ID.pattern})\Z")]
    request: dict[str, msgspec.Raw]
    label: Label | None = None
    who: str = ""
    task_url: TaskUrl | None = None

    @property
    def request_body(self) -> bytes:
        """The request as JSON."""
        return msgspec.json.encode(self.request)


def without_callback_url(request: dict[str, msgspec.Raw]) -> dict[str, msgspec.Raw]:
    """A request without its callback URL, which holds a ticket, and without the secret that goes with it."""
    return {
        key: value
        for key, value in request.items()
        if key.replace("_", "").replace("-", "").lower() not in _CALLBACKS
    }


def delivery_of(told: ToldOrder, provider: str, *, delivery_id: str, now: datetime) -> Delivery:
    """The delivery in which an order enters the inbox."""
    return Delivery(
        id=delivery_id,
        received_at=now,
        provider=provider,
        body=msgspec.structs.replace(told, request=without_callback_url(told.request)).to_json(),
        claims=Claims(label=told.label),
        via="order",
        content_type=ORDER_TYPE,
    )


def is_order(delivery: Delivery) -> bool:
    """Whether a delivery tells an order: it came by the door for orders, whatever its headers say."""
    return delivery.via == "order"


def is_of_unknown_door(delivery: Delivery) -> bool:
    """Whether this may be an order or a callback, since an older version's replay wrote over the door.

    That version took for an order whatever said so in its content type, also at a callback URL. Where anything
    is otherwise than `delivery_of` writes it, the delivery came by a callback URL; where nothing is, a stranger
    may have written the very same, and only a person can tell.
    """
    if delivery.via != "replay" or delivery.content_type != ORDER_TYPE:
        return False
    try:
        told = ToldOrder.from_json(delivery.body)
    except MalformedRecord:
        return False
    told = msgspec.structs.replace(told, unknown=msgspec.UNSET)
    as_told = delivery_of(told, delivery.provider, delivery_id=delivery.id, now=delivery.received_at)
    return delivery == msgspec.structs.replace(as_told, via="replay", replay=delivery.replay)


def door_of(delivery: Delivery) -> Via:
    """The door of a delivery that a person replays by name: an order of unknown door is vouched for by that."""
    if delivery.via != "replay":
        return delivery.via
    return "order" if is_of_unknown_door(delivery) else "callback"
