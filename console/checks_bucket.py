"""Does S3 do what everything rests on: write, read and delete, conditional writes, the right time?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ulid import ULID

from archive import layout
from archive.bucket import Bucket
from archive.errors import Missing, Taken
from console.check import Check, checked
from console.words import span_in_words

MEND = "See that S3_ENDPOINT, S3_BUCKET and the AWS variables are right, and that this role may get, put, list and delete."
CONDITIONS_MEND = (
    "This S3 cannot keep the archive safe: use AWS S3, or a server that does conditional writes "
    "(SeaweedFS 4, MinIO, Ceph 19, Cloudflare R2)."
)
CLOCK_MEND = "Set the host's clock by NTP; S3 refuses requests that are 15 minutes off."
# NTP keeps hosts within a fraction of a second; tickets and tables are off by what the host is off.
CLOCK_MAX_OFF = timedelta(seconds=5)
# A batch is settled in seconds; the sweep rings for it after a minute.
INBOX_MAX_AGE = timedelta(minutes=5)
# Work that is due is taken in seconds, or after the lease of a worker that died (4 minutes).
DUE_MAX_LATE = timedelta(minutes=10)
WAITING_MEND = "Start a worker, or more of them; see their log, and `fixative doctor` for Redis and S3."


def bucket_checks(bucket: Bucket) -> Iterator[Check]:
    """The checks of S3, each bounded by the bucket's own limits; the rest is not asked if it is away."""
    key = layout.probe_key(f"doctor-{ULID()}")
    first = checked("S3 write, read, delete", lambda: _write_read_delete(bucket, key), MEND)
    yield first
    if not first.ok:
        return
    yield checked("S3 If-None-Match", lambda: _refuses_second(bucket, key), CONDITIONS_MEND)
    yield checked("S3 If-Match", lambda: _refuses_wrong_etag(bucket, key), CONDITIONS_MEND)
    yield _clock(bucket)
    yield checked("work in inbox/", lambda: _inbox(bucket), MEND)
    yield checked("work in due/", lambda: _due(bucket), MEND)


def _write_read_delete(bucket: Bucket, key: str) -> Check:
    name = "S3 write, read, delete"
    written = f"doctor {datetime.now(UTC).isoformat()}".encode()
    bucket.put(key, written)
    try:
        read = bucket.get(key).body
    except Missing:
        return Check(name, problem="what was written is not there to read", mend=MEND)
    bucket.delete(key)
    if read != written:
        return Check(name, problem="what was read is not what was written", mend=MEND)
    try:
        bucket.get(key)
    except Missing:
        return Check(name, bucket.location)
    return Check(name, problem="what was deleted is still there", mend=MEND)


def _refuses_second(bucket: Bucket, key: str) -> Check:
    name = "S3 If-None-Match"
    try:
        bucket.put_new(key, b"first")
        bucket.put_new(key, b"second")
    except Taken:
        return Check(name, "a second write is refused")
    finally:
        bucket.delete(key)
    return Check(name, problem="a second write under the same key was taken", mend=CONDITIONS_MEND)


def _refuses_wrong_etag(bucket: Bucket, key: str) -> Check:
    name = "S3 If-Match"
    try:
        bucket.put(key, b"first")
        old = bucket.get(key).etag
        bucket.put(key, b"second")
        bucket.put_over(key, b"third", etag=old)
    except Taken:
        return Check(name, "a write over another version is refused")
    finally:
        bucket.delete(key)
    return Check(name, problem="a write over another version was taken", mend=CONDITIONS_MEND)


def _clock(bucket: Bucket) -> Check:
    off = datetime.now(UTC) - bucket.now()
    if abs(off) <= CLOCK_MAX_OFF:
        return Check("clock", f"within {CLOCK_MAX_OFF.seconds} s of S3's")
    way = "ahead of" if off > timedelta() else "behind"
    return Check("clock", problem=f"this host is {span_in_words(off)} {way} S3", mend=CLOCK_MEND)


def _inbox(bucket: Bucket) -> Check:
    name = "work in inbox/"
    first = next(iter(bucket.list(layout.INBOX, most=1)), None)
    if first is None:
        return Check(name, "nothing waits")
    try:
        gathered = layout.inbox_time(first.key)
    except ValueError:
        gathered = first.modified
    age = bucket.now() - gathered
    if age <= INBOX_MAX_AGE:
        return Check(name, f"the oldest waits for {span_in_words(age)}")
    return Check(name, problem=f"the oldest waits for {span_in_words(age)}: {first.key}", mend=WAITING_MEND)


def _due(bucket: Bucket) -> Check:
    name = "work in due/"
    first = next(iter(bucket.list(layout.DUE, most=1)), None)
    if first is None:
        return Check(name, "nothing is due")
    try:
        late = bucket.now() - layout.read_due_key(first.key).when
    except ValueError:
        return Check(
            name, problem=f"no key of ours: {first.key}", mend="Remove it, once you know who wrote it."
        )
    if late <= timedelta():
        return Check(name, f"the next is due in {span_in_words(late)}")
    if late <= DUE_MAX_LATE:
        return Check(name, f"the oldest is due for {span_in_words(late)}")
    return Check(
        name, problem=f"the oldest is overdue by {span_in_words(late)}: {first.key}", mend=WAITING_MEND
    )
