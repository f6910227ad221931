"""A sweep over a bucket in memory."""

from __future__ import annotations

from datetime import timedelta

from archive import layout
from archive.store.bucket import Stored
from tests.fakes.bucket import MemoryBucket
from tests.fakes.doorbell import SilentDoorbell
from tests.fakes.words import NOW
from workers.sweep import Sweep


class Rounds:
    """A sweep over a bucket in memory."""

    def __init__(self) -> None:
        self.bucket, self.doorbell = MemoryBucket(), SilentDoorbell()
        self.bucket.now = lambda: NOW  # type: ignore[method-assign] # the clock is the test's
        self.sweep = Sweep(
            self.bucket,
            self.doorbell,
            threads=2,
            lease_s=240,
            grace_s=60,
            idle_s=15,
            busy_s=2,
            retry_most_s=3600,
        )

    def due(self, after_s: float, origin: str = "o") -> str:
        key = layout.due_key(NOW + timedelta(seconds=after_s), "evolink", "task-1", origin)
        self.bucket.put(key, b"{}")
        return key

    def batch(self, age_s: float, *, short: bool = False) -> str:
        when = NOW - timedelta(seconds=age_s)
        key = layout.inbox_key(layout.batch_id(when), short)
        self.bucket.objects[key] = Stored(b"", "", when)
        return key
