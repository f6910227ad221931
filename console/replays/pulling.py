"""Pull forward what waits: its next try is now, and not when it was planned.

The entry is put at the present time and the old one removed, as a worker does that puts work off. A worker that takes
the old one up meanwhile does the work as well: every step may run twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from archive import layout
from archive.errors import QueueUnavailable, Taken
from archive.library.task_file import Due
from archive.queue.doorbell import Doorbell
from archive.records.work import Work
from archive.store.bucket import Bucket


class Pulled(NamedTuple):
    """An entry that is due now, under its new key."""

    name: str
    key: str
    work: Work


def can_be_pulled(due: Iterable[Due], now: datetime) -> dict[str, Work]:
    """Those that were put off, by their keys: what a worker has in hand, or is due already, is left to it."""
    return {
        entry.key: entry.work
        for entry in due
        if entry.work is not None
        and not (entry.work.leased or entry.work.looked_at_again)
        and entry.due.when > now
    }


def pull_forward(bucket: Bucket, key: str, work: Work) -> Pulled:
    """Make an entry due now; done twice, or at the same time as a worker, it comes to the same."""
    when = bucket.now()
    while True:
        new_key = layout.due_key(when, work.provider, work.task_id, work.origin, work.short)
        try:
            bucket.put_new(new_key, work.to_json())
        except Taken:
            when += timedelta(milliseconds=1)
            continue
        break
    bucket.delete(key)
    return Pulled(f"{work.provider}/{work.task_id}", new_key, work)


def ring(doorbell: Doorbell, pulled: Iterable[Pulled], now: datetime) -> str:
    """Ring for each; why that could not be done, in a word: the sweep finds them then."""
    try:
        for entry in pulled:
            doorbell.ring_archive(entry.key, None, expires_at=entry.work.expires_at, now=now)
    except QueueUnavailable as error:
        return error.detail
    return ""
