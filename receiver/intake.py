"""Make deliveries durable: a batch becomes one object in `inbox/`, or one record of the spool.

Those of providers whose links live short have batches of their own, for which is rung before all others.

S3 takes it                         the batch stands in inbox/, and the bell is rung
S3 refuses or is slow, a spool      the batch stands on the disk; the relay carries it over later
neither                             TryLater: the door answers 503
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

from archive import layout
from archive.errors import BucketUnavailable, FixativeError, Taken
from archive.queue.doorbell import Doorbell
from archive.records.delivery import Delivery, Via, accepted_in
from archive.store.bucket import NDJSON, Bucket
from receiver.ringer import Ringer
from receiver.spool import Spool, SpoolDamage, records
from runtime.guarded import Guarded
from runtime.journal import Journal
from runtime.logs.step import Step, tell
from runtime.logs.subject import about, joined
from runtime.metrics.meters import Meters
from runtime.metrics.registry import BATCH_LINES, BATCHES, CARRIED
from runtime.tracing.span import span, wanted

log = logging.getLogger(__name__)

# While S3 is known to be away, batches go to the spool immediately instead of waiting for S3's budget each time.
AWAY_S = 2.0
RELAY_EVERY_S = 1.0
# While S3 stays away, the relay asks for it this seldom at most.
RELAY_PAUSE_MOST_S = 5.0
# Of batches whose links live short: while one is slow, another goes on.
SHORT_COMMITTERS = 2


class Inbox:
    """Deliveries in, durable batches out. Safe to use from many threads."""

    def __init__(
        self,
        bucket: Bucket,
        doorbell: Doorbell,
        spool: Spool | None,
        *,
        committers: int = 4,
        short_lived: Collection[str] = (),
        durable: Callable[[], None] = lambda: None,
        meters: Meters | None = None,
    ) -> None:
        """`durable` is called after each batch that was made durable; `short_lived` are names of providers."""
        self._durable, self._meters = durable, meters or Meters("receiver")
        self._bucket, self._spool = bucket, spool
        self._away_until = 0.0
        self._journal: Journal[bytes, str] = Journal(self._commit, committers=committers)
        self._short_lived = short_lived
        self._short: Journal[bytes, str] = Journal(
            partial(self._commit, short=True), committers=SHORT_COMMITTERS
        )
        self._ringer = Ringer(doorbell, meters=self._meters)
        self._ringer.start()
        self._relay = Guarded(
            "relay", self._carry_all_over, first_s=RELAY_EVERY_S, pause_most_s=RELAY_PAUSE_MOST_S
        )
        if spool is not None:
            self._relay.start()

    def accept(self, delivery: Delivery) -> Future[str]:
        """Take a delivery; the future ends when it is durable, with the inbox key of its batch."""
        line = delivery.to_json()
        journal = self._short if delivery.provider in self._short_lived else self._journal
        return journal.append(line, len(line))

    @property
    def waiting(self) -> int:
        """How many deliveries wait for their batch."""
        return self._journal.waiting + self._short.waiting

    @property
    def bells_waiting(self) -> int:
        """How many bells are still to be rung."""
        return self._ringer.waiting

    def close(self, timeout_s: float) -> None:
        """Commit what waits, ring, and end."""
        self._short.close(timeout_s / 4)
        self._journal.close(timeout_s / 4)
        self._ringer.stop(timeout_s / 4)
        self._relay.stop(timeout_s / 4)
        if self._spool is not None:
            self._spool.leave()

    def _commit(self, lines: Sequence[bytes], *, short: bool = False) -> str:
        place = "nowhere"
        try:
            with _span_of(lines):
                key, place = self._kept(lines, short=short)
        finally:
            self._meters.count(BATCHES, place)
            self._meters.observe(BATCH_LINES, len(lines))
        self._durable()
        return key

    def _kept(self, lines: Sequence[bytes], *, short: bool) -> tuple[str, str]:
        """The batch made durable; its key, and where it stands."""
        batch = b"\n".join(lines) + b"\n"
        key = layout.inbox_key(layout.batch_id(self._bucket.now()), short)
        if self._spool is not None and time.monotonic() < self._away_until:
            return self._shelved(self._spool, key, batch), "spool"
        try:
            self._put(key, batch)
        except BucketUnavailable as error:
            if self._spool is None:
                raise
            log.warning("inbox: S3 is away, using the spool: reason=%s detail=%s", error.reason, error.detail)
            self._away_until = time.monotonic() + AWAY_S
            return self._shelved(self._spool, key, batch), "spool"
        # Before it is rung for, so that the log tells its story in order.
        _tell("durable", batch, key, on="s3")
        self._ringer.ring(key, batch)
        return key, "inbox"

    def _put(self, key: str, batch: bytes) -> None:
        """Write the batch. Raises BucketUnavailable, also by a fault of ours: the spool helps there, too; Taken."""
        try:
            self._bucket.put_new(key, batch, content_type=NDJSON)
        except FixativeError:
            raise
        except Exception as error:
            log.exception("inbox: %s cannot be written, by a fault of ours", key)
            raise BucketUnavailable(f"{key}: by a fault of ours, {type(error).__name__}") from error

    def _shelved(self, spool: Spool, key: str, batch: bytes) -> str:
        spool.append(key, batch)
        _tell("durable", batch, key, on="spool")
        return key

    def _carry_all_over(self) -> float:
        """Carry over what is on the shelf, if S3 may be back; the pause until the next look.

        Raises what one of the files came to, after the others have had their turn.
        """
        assert self._spool is not None
        if time.monotonic() < self._away_until or not self._spool.bytes():
            return RELAY_EVERY_S
        self._spool.leave()
        trouble: Exception | None = None
        for path in self._spool.finished_files():
            try:
                self._carry_over(path)
            except BucketUnavailable:
                self._away_until = time.monotonic() + AWAY_S
                raise
            except Exception as error:  # noqa: BLE001 - raised when the other files are carried over
                trouble = trouble or error
        if trouble is not None:
            raise trouble
        return RELAY_EVERY_S

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
                _tell("carried_over", batch, key, on="s3")
                self._ringer.ring(key, batch)
        except SpoolDamage as error:
            wrong.append(str(error))
        if wrong:
            # Neither can be by our own doing: the file stays, under a name that is not relayed again.
            kept = path.rename(path.with_suffix(".damaged"))
            log.error("relay: %s; %s is kept for you to look at", "; ".join(wrong), kept)
        else:
            path.unlink()
        self._meters.count(CARRIED, by=carried)
        log.info("relay: carried %d batches of %s over", carried, path.name)


def _tell(step: Step, batch: bytes, key: str, *, on: str) -> None:
    """A line for a batch, which names all of its deliveries; for those of each provider and door one."""
    if log.isEnabledFor(logging.INFO):
        of_whom: dict[tuple[str, Via], list[str]] = {}
        for each in accepted_in(batch):
            of_whom.setdefault((each.provider, each.via), []).append(each.id)
        for (provider, via), names in of_whom.items():
            with about(provider=provider, delivery=joined(names)):
                tell(log, step, on=on, via=via, deliveries=len(names), batch=key)


def _span_of(lines: Sequence[bytes]) -> AbstractContextManager[None]:
    """The span of a batch, in the trace of its first delivery; to those of the others it has links."""
    told = [each.trace for line in lines for each in accepted_in(line)] if wanted() else []
    return span("commit", parent=next(iter(told), None), links=told[1:], deliveries=len(lines))
