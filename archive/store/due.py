"""Due entries: the one place that writes them. An entry is put where none stands, and none is ever overwritten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from archive import layout
from archive.errors import MalformedRecord, Taken
from archive.records.bounds import bounded
from archive.records.work import Work
from archive.store.bucket import Bucket
from archive.store.record_at import record_at

# How much further another entry stands, where one has the place: keys tell milliseconds.
STEP = timedelta(milliseconds=1)


class Placed(NamedTuple):
    """Where work stands, and as what: its own words, or those that stood there before."""

    key: str
    when: datetime
    work: Work


def put_due(
    bucket: Bucket, work: Work, when: datetime, *, same: Callable[[Work], bool] | None = None
) -> Placed:
    """Put work where no entry stands; a place that other work has moves it on by a millisecond.

    `same` says of the work that has the place whether it is as good as this: then nothing is written. Without it
    nothing that stands is looked at.
    """
    work = bounded(work)
    while True:
        key = layout.due_key(when, work.provider, work.task_id, work.origin, work.short)
        try:
            bucket.put_new(key, work.to_json())
        except Taken:
            there = _standing(bucket, key) if same is not None else work
            if there is None:
                continue  # done and gone in between: the place is free
            if same is not None and isinstance(there, Work) and same(there):
                return Placed(key, when, there)
            when += STEP
        else:
            return Placed(key, when, work)


def put_claim(bucket: Bucket, key: str, work: Work) -> Work:
    """Put work under this very key, and return it as it stands there. Raises Taken where another has the key."""
    work = bounded(work)
    bucket.put_new(key, work.to_json())
    return work


def _standing(bucket: Bucket, key: str) -> Work | str | None:
    """The work under a key, or the key of what cannot be read, which a worker moves to dead/; None if it is gone."""
    try:
        return record_at(bucket, key, Work)
    except MalformedRecord:
        return key
