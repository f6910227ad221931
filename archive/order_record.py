"""What was ordered, as it is kept in `orders/`: the first that was told of a task holds."""

from __future__ import annotations

from typing import Annotated, Literal

from archive.bounds import Text
from archive.delivery import WHO_MAX_BYTES
from archive.ids import DeliveryId, Moment, ProviderName, TaskId
from archive.order import Order
from archive.record import Record


class OrderRecord(Record, frozen=True, kw_only=True, omit_defaults=False):
    """The order of one task, when it was told, in which delivery and by whom."""

    schema: Literal[1] = 1
    provider: ProviderName
    task_id: TaskId
    order: Order
    told_at: Moment
    delivery_id: DeliveryId
    who: Annotated[str, Text(WHO_MAX_BYTES)] = ""
