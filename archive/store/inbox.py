"""Put deliveries into the inbox from elsewhere than the door: orders, answers of a task API."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from archive import layout
from archive.errors import QueueUnavailable
from archive.queue.doorbell import Doorbell
from archive.records.delivery import Delivery
from archive.store.bucket import NDJSON, Bucket

log = logging.getLogger(__name__)


def enter(bucket: Bucket, doorbell: Doorbell, deliveries: Iterable[Delivery], *, short: bool = False) -> str:
    """Make deliveries durable as one batch and ring for it; its key. Raises BucketUnavailable.

    `short` says that their links live for an hour or less.

    A bell that cannot be rung costs nothing but time: the sweep finds the batch.
    """
    batch = b"".join(delivery.to_json() + b"\n" for delivery in deliveries)
    key = layout.inbox_key(layout.batch_id(bucket.now()), short)
    bucket.put_new(key, batch, content_type=NDJSON)
    try:
        doorbell.ring_settle(key, batch)
    except QueueUnavailable as error:
        log.warning("inbox: bell not rung for %s: reason=%s detail=%s", key, error.reason, error.detail)
    return key
