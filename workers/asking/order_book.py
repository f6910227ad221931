"""What customers told of their orders: read into our words, kept in `orders/`, found again.

The first order that is told of a task holds; the same told again is as good.
"""

from __future__ import annotations

import logging

from msgspec import structs

from archive import layout
from archive.errors import BucketUnavailable, MalformedRecord, Taken, Unreadable
from archive.reasons import Reason
from archive.records.bounds import bounded, cut
from archive.records.delivery import WHO_MAX_BYTES, Delivery
from archive.records.order_record import OrderRecord
from archive.records.told_order import ToldOrder
from archive.records.work import Work
from archive.store.bucket import Bucket
from archive.store.record_at import record_at
from providers.registry import provider_named

log = logging.getLogger(__name__)

# A lost race means that another's record stands; it is read then, and does not vanish.
_TRIES = 4


def read_told(delivery: Delivery) -> OrderRecord:
    """The order in a delivery, in our words, without its callback URL.

    Raises:
        Unreadable: `unknown_provider`, `bad_order`.
    """
    provider = provider_named(delivery.provider)
    try:
        told = ToldOrder.from_json(delivery.body)
        order = provider.read_order(told.request_body)
    except MalformedRecord as error:
        raise Unreadable(Reason.BAD_ORDER, str(error)) from error
    except Unreadable as error:
        raise Unreadable(Reason.BAD_ORDER, error.detail) from error
    except Exception as error:  # whatever a reader stumbles over, the order is kept
        log.exception("reader of %s failed on order %s", delivery.provider, delivery.id)
        raise Unreadable(
            Reason.BAD_ORDER, "the reader failed on it, a fault of ours that the worker's log tells"
        ) from error
    return OrderRecord(
        provider=delivery.provider,
        task_id=told.task_id,
        order=bounded(structs.replace(order, label=told.label) if told.label else order),
        # The delivery's own time, so that settling twice writes the same.
        told_at=delivery.received_at,
        delivery_id=delivery.id,
        who=cut(told.who, WHO_MAX_BYTES),
        task_url=told.task_url,
    )


class OrderBook:
    """The orders that are kept."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def find(self, provider: str, task_id: str) -> OrderRecord | None:
        """What was ordered, if it was told; a record that somebody else wrote and nobody can read is none."""
        try:
            return self._read(provider, task_id)
        except MalformedRecord as error:
            log.warning("task=%s: its order cannot be read: %s", task_id, error)
            return None

    def with_order(self, work: Work) -> Work:
        """The work with the order that its customer told, where its ticket says that one was told."""
        record = self.find(work.provider, work.task_id) if work.ordered else None
        return work if record is None else structs.replace(work, order=record.order)

    def keep(self, record: OrderRecord) -> OrderRecord:
        """Write an order where none stands; the one that stands there afterwards.

        Raises:
            Unreadable: `bad_order`, if what stands there is none.
        """
        for _ in range(_TRIES):
            try:
                self._bucket.put_new(
                    layout.order_key(record.provider, record.task_id), record.to_pretty_json()
                )
            except Taken:
                try:
                    there = self._read(record.provider, record.task_id)
                except MalformedRecord as error:
                    raise Unreadable(Reason.BAD_ORDER, f"what stands in its place: {error}") from error
                if there is None:
                    continue
                return there
            return record
        raise BucketUnavailable(f"{record.task_id}: its order comes and goes")

    def _read(self, provider: str, task_id: str) -> OrderRecord | None:
        return record_at(self._bucket, layout.order_key(provider, task_id), OrderRecord)
