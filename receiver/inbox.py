"""Make deliveries durable: a batch becomes one object in `inbox/`, or one record of the spool.

S3 takes it                         the batch stands in inbox/, and the bell is rung
S3 refuses or is slow, a spool      the batch stands on the disk; the relay carries it over later
neither                             TryLater: the door answers 503
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

from archive import layout
from archive.bucket import NDJSON, Bucket
from archive.delivery import Delivery
from archive.doorbell import Doorbell
from archive.errors import BucketUnavailable, QueueUnavailable, Taken
from archive.journal import Journal
from receiver.spool import Damage, Spool, records

log = logging.getLogger(__name__)

# While S3 is known to be away, batches go to the spool at once instead of waiting for S3's budget each time.
AWAY_S = 2.0
RELAY_EVERY_S = 1.0
# Bells that may wait while one is being sent. With one place, a burst of twelve callbacks had a bell dropped and
# its task waited 60 s for the sweep; a hundred outlast any burst that Redis answers, and bound the memory of one
# that it does not (docs/decisions/0008).
BELLS_WAITING = 100


class Inbox:
    """Deliveries in, durable batches out. Safe to use from many threads."""

    def __init__(
        self, bucket: Bucket, doorbell: Doorbell, spool: Spool | None, *, committers: int = 4
    ) -> None:
        self._bucket, self._doorbell, self._spool = bucket, doorbell, spool
        self._away_until = 0.0
        self._stopping = threading.Event()
        self._bells: queue.Queue[tuple[str, bytes]] = queue.Queue(maxsize=BELLS_WAITING)
        self._journal: Journal[str] = Journal(self._commit, committers=committers)
        self._threads = [threading.Thread(target=self._ring, name="ringer", daemon=True)]
        if spool is not None:
            self._threads.append(threading.Thread(target=self._relay, name="relay", daemon=True))
        for thread in self._threads:
            thread.start()

    def accept(self, delivery: Delivery) -> Future[str]:
        """Take a delivery; the future ends when it is durable, with the inbox key of its batch."""
        return self._journal.append(delivery.to_json())

    def close(self, timeout_s: float) -> None:
        """Commit what waits, ring, and end."""
        self._journal.close(timeout_s / 2)
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout_s / 4)
        if self._spool is not None:
            self._spool.leave()

    def _commit(self, lines: Sequence[bytes]) -> str:
        batch = b"\n".join(lines) + b"\n"
        key = layout.inbox_key(layout.batch_id(self._bucket.now()))
        if self._spool is not None and time.monotonic() < self._away_until:
            self._spool.append(key, batch)
            return key
        try:
            self._bucket.put_new(key, batch, content_type=NDJSON)
        except BucketUnavailable as error:
            if self._spool is None:
                raise
            log.warning("inbox: S3 is away, using the spool: reason=%s detail=%s", error.reason, error.detail)
            self._away_until = time.monotonic() + AWAY_S
            self._spool.append(key, batch)
            return key
        try:
            self._bells.put_nowait((key, batch))
        except queue.Full:
            log.debug("inbox: bell dropped for %s", key)
        return key

    def _ring(self) -> None:
        while not (self._stopping.is_set() and self._bells.empty()):
            try:
                key, batch = self._bells.get(timeout=0.2)
            except queue.Empty:
                continue
            try:
                self._doorbell.ring_settle(key, batch)
            except QueueUnavailable as error:
                log.warning(
                    "inbox: bell not rung for %s: reason=%s detail=%s", key, error.reason, error.detail
                )

    def _relay(self) -> None:
        assert self._spool is not None
        while not self._stopping.wait(RELAY_EVERY_S):
            try:
                if time.monotonic() >= self._away_until and self._spool.bytes():
                    self._spool.leave()
                    for path in self._spool.finished_files():
                        self._carry_over(path)
            except BucketUnavailable as error:
                self._away_until = time.monotonic() + AWAY_S
                log.info("relay: S3 is still away: %s", error.detail)
            except OSError:
                log.exception("relay: the spool cannot be read; trying again")

    def _carry_over(self, path: Path) -> None:
        carried = 0
        wrong: list[str] = []
        try:
            for key, batch in records(path):
                try:
                    self._bucket.put_new(key, batch, content_type=NDJSON)
                except Taken:
                    wrong.append(f"{key} is taken by other bytes")
                    continue
                carried += 1
                try:
                    self._bells.put_nowait((key, batch))
                except queue.Full:
                    log.debug("relay: bell dropped for %s", key)
        except Damage as error:
            wrong.append(str(error))
        if wrong:
            # Neither can be by our own doing: the file stays, under a name that is not relayed again.
            kept = path.rename(path.with_suffix(".damaged"))
            log.error("relay: %s; %s is kept for you to look at", "; ".join(wrong), kept)
        else:
            path.unlink()
        log.info("relay: carried %d batches of %s over", carried, path.name)
