"""What was ordered, as it is kept in `orders/`: the first that was told of a task holds."""

from __future__ import annotations

from typing import Annotated, Literal

from archive.records.bounds import Text
from archive.records.delivery import WHO_MAX_BYTES
from archive.records.ids import DeliveryId, Moment, ProviderName, TaskId, TaskUrl
from archive.records.order import Order
from archive.records.record import Record


class OrderRecord(Record, frozen=True, kw_only=True, omit_defaults=False):
    """The order of one task, when it was told, in which delivery and by whom.

    `task_url` is the task's own address at its provider, where it gave one.
    """

    schema: Literal[1] = 1
    provider: ProviderName
    task_id: TaskId
    order: Order
    told_at: Moment
    delivery_id: DeliveryId
    who: Annotated[str, Text(WHO_MAX_BYTES)] = ""
    task_url: TaskUrl | None = None
