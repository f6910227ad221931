"""What is due and nobody is doing: read from the bucket, and rung. Writes nothing.

    inbox/   batches whose bell was lost: older than a grace
    due/     work whose time has come; keys sort by time, so the listing stops at the first that is not due
    of both those whose links live short first, whatever else waits (inbox/00/, due/00-)
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
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, islice, takewhile

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
# Entries that are read at the same time: one after the other, their answers were waited for while workers had nothing to do.
READ_TOGETHER = 8

# When the links of an entry die; raises Missing, NewerRecord.
LinksDieAt = Callable[[], datetime | None]


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


class _Listing:
    """What stands in a place: what lives short, then all others.

    By a small page first: seldom is more looked at, however many wait.
    """

    def __init__(self, bucket: Bucket, place: str, page: int) -> None:
        self._bucket, self._place = bucket, place
        self._first = list(bucket.list(place, most=page))
        self._full = len(self._first) == page

    def short(self) -> Iterator[Listed]:
        """What lives short; it is listed before all others."""
        yield from (entry for entry in self._first if layout.is_short(entry.key))
        if self._ends_short:
            yield from takewhile(lambda entry: layout.is_short(entry.key), self._behind(self._first[-1].key))

    def others(self) -> Iterator[Listed]:
        """Whatever does not."""
        yield from (entry for entry in self._first if not layout.is_short(entry.key))
        if self._full:
            others = layout.others_in(self._place)
            yield from self._behind(others if self._ends_short else self._first[-1].key)

    @property
    def _ends_short(self) -> bool:
        return self._full and layout.is_short(self._first[-1].key)

    def _behind(self, key: str) -> Iterator[Listed]:
        return self._bucket.list(self._place, after=key)


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
        readers: int = READ_TOGETHER,
    ) -> None:
        """`readers` are the threads that read entries; with 0 the sweep reads them itself, one after the other."""
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="sweep-reader") if readers else None
        self._left_alone = left_alone or LeftAlone()
        self._bucket, self._doorbell = bucket, doorbell
        self._room = threads * BELLS_A_THREAD
        # What there may be room for, and as much again that was rung for and still stands.
        self._page = min(2 * self._room, PAGE_KEYS)
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
        if self._readers is not None and not self._thread.alive():
            self._readers.shutdown(wait=False, cancel_futures=True)

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
        inbox, due = (_Listing(self._bucket, place, self._page) for place in (layout.INBOX, layout.DUE))
        short = chain(self._batches(inbox.short(), now), self._entries(due.short(), now))
        rung = self._ring(short, self._room - self._doorbell.waiting_short(), now)
        others = chain(self._batches(inbox.others(), now), self._others(due, now))
        rung += self._ring(others, self._room - self._doorbell.waiting(), now)
        self._ticks += 1
        self._rung_last = rung
        self.swept_at, self.seen = now, seen
        return rung

    def _ring(self, due: Iterator[str], room: int, now: datetime) -> int:
        """Ring for some of what is due, as far as there is room. Returns how many bells were rung."""
        rung, newer, wanted = 0, "", self._wanted(due)
        while keys := list(islice(wanted, max(0, min(READ_TOGETHER, room - rung)))):
            for key, links_die_at in self._read(keys):
                if key.startswith(layout.INBOX):
                    self._doorbell.ring_settle(key)
                    tell(log, "rung", batch=key, by="sweep")
                else:
                    try:
                        expires_at = links_die_at()
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
        if rung >= room and next(due, None) is not None:
            self._seeing.due += 1
            self._more = True
        if newer:
            self._seldom.tell(
                logging.WARNING,
                "newer",
                "sweep: left for a worker of the newer version that wrote it: %s",
                newer,
            )
        return rung

    def _wanted(self, due: Iterable[str]) -> Iterator[str]:
        """Those of the keys that were not rung for lately, and that nobody leaves alone."""
        for key in due:
            self._seeing.due += 1
            if key not in self._rung and not self._left_alone.rests(key):
                yield key

    def _read(self, keys: Iterable[str]) -> list[tuple[str, LinksDieAt]]:
        """Each key with when the links of its entry die, which are read at the same time; a batch is not read."""
        if self._readers is None:
            return [(key, partial(self._links_die_at, key)) for key in keys]
        return [(key, self._readers.submit(self._links_die_at, key).result) for key in keys]

    def _batches(self, batches: Iterable[Listed], now: datetime) -> Iterator[str]:
        """The keys of the batches of the inbox whose bell was lost."""
        for batch in batches:
            age = now - batch.modified
            self._seeing.batch(age)
            # By S3's own time of the object, so that a key that tells none is found too. One of a time to come was
            # written before S3's clock was put back: it would be waited for until then.
            if abs(age) >= self._grace:
                yield batch.key

    def _others(self, due: _Listing, now: datetime) -> Iterator[str]:
        """The keys of the entries of `due/` whose links live long, and now and then of those too far ahead."""
        self._seeing.entry(timedelta())
        yield from self._entries(due.others(), now)
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

    def _entries(self, entries: Iterable[Listed], now: datetime) -> Iterator[str]:
        """The keys of those that are due, oldest first, as they are listed."""
        for entry in entries:
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

    def _links_die_at(self, key: str) -> datetime | None:
        """When the links of an entry die, by which it is rung as urgent; None where that cannot be read.

        The entry does not ride in the bell: of two sweeps that ring for it, the second bell may be heard when
        the work has moved on, and a worker that believed it would bring the old entry back beside the new one.
        Raises Missing, NewerRecord.
        """
        if not self._reads or key.startswith(layout.INBOX):
            return None
        try:
            return Work.from_json(self._bucket.get(key).body).expires_at
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
