"""An order as its customer tells it: the body of a delivery that came as one.

The request is carried as it was submitted and interpreted by nobody on its way; only the callback URL, which
is a credential, is taken out of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from archive.delivery import Delivery
from archive.layout import TASK_ID
from archive.order import Claims, Label
from archive.record import Record

# By which such a delivery is known for one, also when it is replayed.
ORDER_TYPE = "application/vnd.fixative.order+json"

# The keys under which requests hold a callback URL, in any spelling.
_CALLBACK_URL = "callbackurl"


class ToldOrder(Record, frozen=True, kw_only=True):
    """One order: the task's id, the request as it was submitted, a label, and who told it."""

    task_id: Annotated[str, Meta(pattern=rf"\A(?:{TASK_ID.pattern})\Z")]
    request: dict[str, msgspec.Raw]
    label: Label | None = None
    who: str = ""

    @property
    def request_body(self) -> bytes:
        """The request as JSON."""
        return msgspec.json.encode(self.request)


def without_callback_url(request: dict[str, msgspec.Raw]) -> dict[str, msgspec.Raw]:
    """A request without its callback URL, which holds a ticket."""
    return {key: value for key, value in request.items() if key.replace("_", "").lower() != _CALLBACK_URL}


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
    """Whether a delivery tells an order."""
    return delivery.content_type == ORDER_TYPE
