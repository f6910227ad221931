"""Does S3 do what everything rests on, is the time right, and does anything wait for too long?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from archive import catalog_keys, layout
from archive.store.bucket import Bucket
from archive.store.listing import Listed
from archive.store.store_trial import BASICS, Tried, try_store
from console.checks.check import Check, checked
from console.cli.words import counted, span_in_words

CLOCK_MEND = "Set the host's clock by NTP; S3 refuses requests that are 15 minutes off."
# NTP keeps hosts within a fraction of a second; tickets and tables are off by what the host is off.
CLOCK_MAX_OFF = timedelta(seconds=5)
# A batch is settled in seconds; the sweep rings for it after a minute.
INBOX_MAX_AGE = timedelta(minutes=5)
# Work that is due is taken in seconds, or after the lease of a worker that died (4 minutes).
DUE_MAX_LATE = timedelta(minutes=10)
# A day is rolled up an hour after its end; two more for workers that were away, or have much to roll up.
UNROLLED_MOST = timedelta(days=3)
ROLL_UP_MEND = "Let a worker run; its log says `roll-up` where it cannot, and why."
# Ten pages of a listing tell enough.
COUNTED_MOST = 10_000
WAITING_MEND = "Start a worker, or more of them; see their log, and `fixative doctor` for Redis and S3."


def bucket_checks(bucket: Bucket) -> Iterator[Check]:
    """The checks of S3, each bounded by the bucket's own limits; the rest is not asked if it is away."""
    usable = True
    for tried in try_store(bucket):
        yield _told(tried, bucket)
        usable = usable and (tried.ok or tried.need is not BASICS)
    if not usable:
        return
    yield _clock(bucket)
    yield checked("work in inbox/", lambda: _inbox(bucket), BASICS.mend)
    yield checked("work in due/", lambda: _due(bucket), BASICS.mend)
    yield checked("catalogue", lambda: _catalogue(bucket), BASICS.mend)


def _catalogue(bucket: Bucket) -> Check:
    """Whether the workers roll the catalogue up: what is older than a closed day and still by itself."""
    name = "catalogue"
    late = bucket.now().date() - UNROLLED_MOST
    for listed in bucket.list(layout.CATALOG, most=COUNTED_MOST):
        try:
            told = catalog_keys.read_catalog_key(listed.key)
        except ValueError:
            continue
        if told.day >= late:
            break
        if told.hour is not None:
            since = f"nothing since {told.day} is rolled up: lists are right, and slow"
            return Check(name, problem=since, mend=ROLL_UP_MEND)
    return Check(name, "closed days are rolled up")


def _told(tried: Tried, bucket: Bucket) -> Check:
    """How the store did at one need, with what it means here where it did badly."""
    if tried.ok:
        return Check(tried.need.name, bucket.location if tried.need is BASICS else tried.need.seen)
    return Check(tried.need.name, problem=f"{tried.problem}. {tried.need.without_it}", mend=tried.mend)


def _clock(bucket: Bucket) -> Check:
    off = datetime.now(UTC) - bucket.now()
    if abs(off) <= CLOCK_MAX_OFF:
        return Check("clock", f"within {CLOCK_MAX_OFF.seconds} s of S3's")
    way = "ahead of" if off > timedelta() else "behind"
    return Check("clock", problem=f"this host is {span_in_words(off)} {way} S3", mend=CLOCK_MEND)


def _inbox(bucket: Bucket) -> Check:
    name = "work in inbox/"
    # What has a place before all others, and the others: each in order of time.
    firsts = [
        *bucket.list(layout.INBOX, most=1),
        *bucket.list(layout.INBOX, after=layout.INBOX_OTHERS, most=1),
    ]
    if not firsts:
        return Check(name, "nothing waits")
    first = min(firsts, key=_gathered)
    age = bucket.now() - _gathered(first)
    if age <= INBOX_MAX_AGE:
        return Check(name, f"the oldest waits for {span_in_words(age)}")
    return Check(name, problem=f"the oldest waits for {span_in_words(age)}: {first.key}", mend=WAITING_MEND)


def _gathered(batch: Listed) -> datetime:
    """When a batch of the inbox was gathered."""
    try:
        return layout.inbox_time(batch.key)
    except ValueError:
        return batch.modified


def _due(bucket: Bucket) -> Check:
    name = "work in due/"
    # What has a place before all others, and the others: each in order of time.
    firsts = [
        *bucket.list(layout.DUE, most=1),
        *bucket.list(layout.DUE, after=layout.DUE_OTHERS, most=1),
    ]
    if not firsts:
        return Check(name, "nothing is due")
    times = {}
    for entry in firsts:
        try:
            times[entry.key] = layout.read_due_key(entry.key).when
        except ValueError:
            return Check(
                name, problem=f"no key of ours: {entry.key}", mend="Remove it, once you know who wrote it."
            )
    first = min(times, key=times.__getitem__)
    late = bucket.now() - times[first]
    waits = f"{_count(bucket)}, what was given up and is looked at once more among them; fixative waiting lists the rest"
    if late <= timedelta():
        return Check(name, f"the next is due in {span_in_words(late)}; {waits}")
    if late <= DUE_MAX_LATE:
        return Check(name, f"the oldest is due for {span_in_words(late)}; {waits}")
    return Check(name, problem=f"the oldest is overdue by {span_in_words(late)}: {first}", mend=WAITING_MEND)


def _count(bucket: Bucket) -> str:
    count = sum(1 for _ in bucket.list(layout.DUE, most=COUNTED_MOST))
    return (
        f"{COUNTED_MOST:,} entries or more" if count == COUNTED_MOST else counted(count, "entry", "entries")
    )
