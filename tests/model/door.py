"""The receiver's part of the road: a batch becomes one object, then the bell is rung."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from ulid import ULID

from archive import layout
from archive.errors import BucketUnavailable, QueueUnavailable
from archive.queue.doorbell import Doorbell
from archive.store.bucket import NDJSON, Bucket
from tests.fakes.words import NOW
from tests.model.ledger import Ledger
from tests.model.story import Batch


class Door:
    """Answers 202 when a batch is durable; refused ones come again, as the provider's or the relay's next try."""

    def __init__(
        self, bucket: Bucket, doorbell: Doorbell, ledger: Ledger, refused: Callable[[Batch], None]
    ) -> None:
        self._bucket, self._doorbell, self._ledger, self._refused = bucket, doorbell, ledger, refused

    def accept(self, batch: Batch) -> None:
        """Commit a batch, answer, ring."""
        key = inbox_key(batch)
        body = b"\n".join(told.line for told in batch.told) + b"\n"
        self._ledger.batches[key] = frozenset(told.id for told in batch.told)
        self._ledger.finished |= {told.id for told in batch.told if told.saying.status != "unfinished"}
        try:
            self._bucket.put_new(key, body, content_type=NDJSON)
        except BucketUnavailable:
            self._refused(batch)
            return
        self._ledger.accepted |= self._ledger.batches[key]
        try:
            self._doorbell.ring_settle(key, body)
        except QueueUnavailable:
            return


def inbox_key(batch: Batch) -> str:
    """The key of a batch: the same for the same deliveries, by the time at which they were gathered."""
    gathered_ms = int((NOW + timedelta(seconds=batch.gathered_s)).timestamp() * 1000)
    number = int.from_bytes(batch.told[0].id.encode()[-9:], "big")
    return layout.inbox_key(str(ULID(gathered_ms.to_bytes(6, "big") + number.to_bytes(10, "big"))))
