"""What is due and nobody is doing: read from the bucket, and rung. Writes nothing.

    inbox/   batches whose bell was lost: older than a grace
    due/     work whose time has come; keys sort by time, so the listing stops at the first that is not due
             those whose links live short first, whatever else waits (due/00-)
             each is read, since links that die within two hours go first
             one that a newer version wrote is left alone, and looked at further and further apart
             entries further ahead than anyone may schedule (a stepped clock wrote them) are due now

It rings only while fewer bells wait than the workers soon serve, and not again what it rang lately: a backlog
stays in the bucket, where it costs nothing, and not in Redis.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive import layout
from archive.errors import BucketUnavailable, MalformedRecord, Missing, NewerRecord
from archive.queue.doorbell import Doorbell
from archive.records.work import Work
from archive.store.bucket import PAGE_KEYS, Bucket
from archive.store.listing import Listed
from runtime.guarded import Guarded
from runtime.logs.step import tell
from runtime.seldom import Seldom
from workers.leases import horizon_s
from workers.left_alone import LeftAlone

log = logging.getLogger(__name__)

# Every so many sweeps also look for entries that lie impossibly far ahead.
LOOK_AHEAD_EVERY = 20
# Bells that may wait for each thread: enough to keep it busy, few enough to be served before they expire.
BELLS_A_THREAD = 4
# After a sweep that stopped for want of room. With 2 s, the bells were served before the next one came, and a
# backlog of 10,000 was worked off at less than half of what the worker does when callbacks ring.
BACKLOG_S = 0.25


@dataclass
class Seen:
    """What a sweep came across, by S3's clock; of `due/` nothing where it did not come so far."""

    inbox_oldest_s: float = 0.0
    due_oldest_s: float | None = None
    due: int = 0

    def batch(self, age: timedelta) -> None:
        """A batch of `inbox/` is so old."""
        self.inbox_oldest_s = max(self.inbox_oldest_s, age.total_seconds())

    def entry(self, late: timedelta) -> None:
        """An entry of `due/` is so late."""
        self.due_oldest_s = max(self.due_oldest_s or 0.0, late.total_seconds())


class Sweep:
    """One thread of every worker process. `tick` is one sweep; `start` runs it over and over."""

    def __init__(
        self,
        bucket: Bucket,
        doorbell: Doorbell,
        *,
        threads: int,
        lease_s: float,
        grace_s: float,
        idle_s: float,
        busy_s: float,
        retry_most_s: float,
        left_alone: LeftAlone | None = None,
    ) -> None:
        self._left_alone = left_alone or LeftAlone()
        self._bucket, self._doorbell = bucket, doorbell
        self._room = threads * BELLS_A_THREAD
        # What there may be room for, and as much again that was rung for and still stands.
        self._first_page = min(2 * self._room, PAGE_KEYS)
        self._ring_again_s = lease_s / 2
        self._grace = timedelta(seconds=grace_s)
        self._idle_s, self._busy_s = idle_s, busy_s
        self._horizon = timedelta(seconds=horizon_s(lease_s, retry_most_s))
        self._rung: dict[str, float] = {}
        self._ticks = 0
        self._reads = True
        self._more = False
        self._rung_last = 0
        self._seldom = Seldom(log)
        # What everything else relies on: while S3 or Redis is away, it comes as seldom as when nothing is due.
        self._thread = Guarded("sweep", self._sweep, first_s=busy_s, pause_most_s=idle_s)
        # When a sweep went through last, by S3's clock.
        self.swept_at: datetime | None = None
        self.seen = self._seeing = Seen()

    def start(self) -> None:
        """Begin to sweep."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """End after the sweep that is under way, within the time given."""
        self._thread.stop(timeout_s)

    @property
    def pause_s(self) -> float:
        """How long the next sweep waits, by what the last one rang for."""
        if self._more and self._rung_last:
            return BACKLOG_S
        return self._busy_s if self._more or self._rung_last else self._idle_s

    def tick(self) -> int:
        """Ring for what is due. Returns how many bells were rung. Raises BucketUnavailable, QueueUnavailable."""
        now = self._bucket.now()
        self._forget()
        self._reads, self._more = True, False
        seen = self._seeing = Seen()
        # Who has no time waits for no backlog but that of others in the same hurry.
        rung = self._ring(
            self._due_before(now, layout.DUE_SHORT), self._room - self._doorbell.waiting_short(), now
        )
        rung += self._ring(self._due(now), self._room - self._doorbell.waiting(), now)
        self._ticks += 1
        self._rung_last = rung
        self.swept_at, self.seen = now, seen
        return rung

    def _ring(self, due: Iterator[str], room: int, now: datetime) -> int:
        """Ring for some of what is due, as far as there is room. Returns how many bells were rung."""
        rung, newer = 0, ""
        for key in due:
            self._seeing.due += 1
            if rung >= room:
                self._more = True
                break
            if key in self._rung or self._left_alone.rests(key):
                continue
            if key.startswith(layout.INBOX):
                self._doorbell.ring_settle(key)
                tell(log, "rung", batch=key, by="sweep")
            else:
                try:
                    expires_at = self._links_die_at(key)
                except Missing:
                    continue  # done by somebody meanwhile
                except NewerRecord:
                    self._left_alone.note(key)
                    newer = key
                    continue  # a newer worker's own sweep rings for it
                self._doorbell.ring_archive(key, None, expires_at=expires_at, now=now)
                tell(log, "rung", entry=key, by="sweep")
            self._rung[key] = time.monotonic()
            rung += 1
        if newer:
            self._seldom.tell(
                logging.WARNING,
                "newer",
                "sweep: left for a worker of the newer version that wrote it: %s",
                newer,
            )
        return rung

    def _due(self, now: datetime) -> Iterator[str]:
        """The keys of what else is due, oldest first."""
        for batch in self._bucket.list(layout.INBOX):
            self._seeing.batch(now - batch.modified)
            # By S3's own time of the object, so that a key that tells none is found too.
            if now - batch.modified >= self._grace:
                yield batch.key
        yield from self._due_before(now, layout.DUE)
        if self._ticks % LOOK_AHEAD_EVERY == 0:
            for place in (layout.DUE_SHORT, layout.DUE):
                ahead = layout.due_until(now + self._horizon, place)
                for entry in self._bucket.list(place, after=ahead, most=1000):
                    if self._is_far(entry.key):
                        yield entry.key

    def _is_far(self, key: str) -> bool:
        """Whether an entry lies too far ahead now too: a sweep that slept would ring for what is in others' hands."""
        try:
            return layout.read_due_key(key).when > self._bucket.now() + self._horizon
        except ValueError:
            return True

    def _due_before(self, now: datetime, place: str) -> Iterator[str]:
        if place == layout.DUE:
            self._seeing.entry(timedelta())
        for entry in self._listed(place):
            if place == layout.DUE and layout.is_short(entry.key):
                continue  # looked at before
            try:
                when = layout.read_due_key(entry.key).when
                if when > now:
                    return
                self._seeing.entry(now - when)
            except ValueError:
                self._seldom.tell(
                    logging.WARNING,
                    "key",
                    "sweep: %s is no key of ours; a worker moves it to dead/",
                    entry.key,
                )
            yield entry.key

    def _listed(self, place: str) -> Iterator[Listed]:
        """The entries under a place, by a small page first: seldom is more looked at, however many wait."""
        first = list(self._bucket.list(place, most=self._first_page))
        yield from first
        if len(first) == self._first_page:
            yield from self._bucket.list(place, after=first[-1].key)

    def _links_die_at(self, key: str) -> datetime | None:
        """When the links of an entry die, by which it is rung as urgent; None where that cannot be read.

        The entry does not ride in the bell: of two sweeps that ring for it, the second bell may be heard when
        the work has moved on, and a worker that believed it would bring the old entry back beside the new one.
        Raises Missing, NewerRecord.
        """
        try:
            return Work.from_json(self._bucket.get(key).body).expires_at if self._reads else None
        except MalformedRecord:
            return None
        except BucketUnavailable:
            self._reads = False  # each would be waited for: in this sweep the rest is rung unread
            return None

    def _forget(self) -> None:
        before = time.monotonic() - self._ring_again_s
        self._rung = {key: at for key, at in self._rung.items() if at > before}

    def _sweep(self) -> float:
        """One sweep; how long the next one waits."""
        rung = self.tick()
        if rung:
            log.info("sweep: rang %d bells", rung)
        return self.pause_s * random.uniform(0.75, 1.25)  # noqa: S311 - jitter
