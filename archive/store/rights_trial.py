"""What whoever asks may do with the bucket, tried without leaving anything there.

Each request is one that changes nothing where it is allowed: what is read or removed is not there, and what is
written is told by a wrong checksum, and where it can be under a condition that does not hold. Whether somebody may
is judged by S3 before anything else of a request is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from ulid import ULID

from archive import layout
from archive.errors import BucketForbids, BucketRefuses, Missing, Taken
from archive.rights import Rights, Verb, kind_of
from archive.store.bucket import Bucket

# One of each kind of object that there is, under names that no object has; `{}` is drawn anew each time.
SAMPLES: Final = (
    "inbox/0001/01/01/00/{}.ndjson",
    "due/00010101T000000.000Z~doctor~{}~trial.json",
    "tasks/0001/01/01/doctor/{}/00.png",
    "tasks/0001/01/01/doctor/{}/manifest.json",
    "catalog/0001/01/01/00/{}.ndjson",
    "dead/0001/01/01/doctor/{}.json",
    "dead/0001/01/01/doctor/{}.00.bin",
    "orders/doctor/{}.json",
    "index/doctor/{}",
    "replays/0001/01/01/{}.json",
    "thumbs/00/{}.webp",
    "inline/doctor/{}/0.txt",
    "probe/{}",
)
# The ETag of no object.
NONE: Final = '"00000000000000000000000000000000"'
# Told to be one, these bytes are the other.
_BYTES, _OTHERS = b"a trial", b"another one"


class Found(NamedTuple):
    """What was found of one verb and one kind of object: None where it cannot be told."""

    verb: Verb
    sample: str
    may: bool | None


def try_rights(bucket: Bucket) -> Iterator[Found]:
    """Every verb on every kind of object.

    Raises:
        BucketUnavailable: if the bucket is away, or nobody by these keys is known there.
    """
    name = str(ULID())
    listing = _may_list(bucket)
    looks = _looks_at_sums(bucket, *(f"{place}-{name}" for place in ("receiver", "worker", "trial")))
    for sample in SAMPLES:
        key = sample.format(name)
        yield Found("read", sample, _may_read(bucket, key, listing=listing))
        # A store that does not look at checksums would keep what is written under no condition that fails.
        yield Found("create", sample, _may_write(bucket, key, IfNoneMatch="*") if looks else None)
        yield Found("change", sample, _may_write(bucket, key, IfMatch=NONE))
        yield Found("write", sample, _may_write(bucket, key) if looks else None)
        yield Found("delete", sample, _may_delete(bucket, key))
    yield Found("list", "", listing)


def lacking(bucket: Bucket, rights: Rights, place: str) -> list[str]:
    """What these rights allow and whoever asks may not do: `create inline/` and the like, some thirty requests.

    `place` is under `probe/`, and may be written. What was read before is asked for between two refusals, so that
    the quick road is not left for them (archive/store/quick_road.py). A write under `If-Match` is not asked for.

    Raises:
        BucketUnavailable: if the bucket is away, or nobody by these keys is known there.
    """
    name, wrong = str(ULID()), []
    looks = _looks_at_sums(bucket, place, leave=not rights.allow("delete", layout.probe_key(place)))
    if rights.list and not _may_list(bucket):
        wrong.append(f"list {kind_of('')}")
    for sample in SAMPLES:
        key = sample.format(name)
        may: dict[str, bool | None] = {}
        if rights.list and rights.allow("read", sample):
            may["read"] = _may_read(bucket, key, listing=True)
        if looks and rights.allow("write", sample):
            may["write"] = _may_write(bucket, key)
        elif looks and rights.allow("create", sample):
            may["create"] = _may_write(bucket, key, IfNoneMatch="*")
        if rights.allow("delete", sample):
            may["delete"] = _may_delete(bucket, key)
        wrong += [f"{verb} {kind_of(sample)}" for verb, allowed in may.items() if allowed is False]
    return wrong


def _may_list(bucket: Bucket) -> bool:
    try:
        next(bucket.list(layout.INBOX, most=1), None)
    except BucketForbids:
        return False
    return True


def _may_read(bucket: Bucket, key: str, *, listing: bool) -> bool | None:
    try:
        bucket.get(key)
    except Missing:
        return True
    except BucketForbids:
        # Who may not list is told the same of what is not there and of what may not be read.
        return False if listing else None
    return True


def _may_write(bucket: Bucket, key: str, **condition: str) -> bool:
    try:
        bucket.put_told_as(key, _BYTES, _OTHERS, **condition)
    except BucketForbids:
        return False
    except (BucketRefuses, Missing, Taken):
        return True
    return True


def _may_delete(bucket: Bucket, key: str) -> bool:
    try:
        bucket.delete(key)
    except BucketForbids:
        return False
    return True


def _looks_at_sums(bucket: Bucket, *places: str, leave: bool = False) -> bool:
    """Whether the store refuses bytes that are not those of their checksum; tried where a condition guards it too.

    One that does not keeps them there: they are removed, unless they are to be left for want of a right to do so.
    """
    for place in places:
        key = layout.probe_key(place)
        try:
            bucket.put_told_as(key, _BYTES, _OTHERS)
        except BucketForbids:
            continue
        except BucketRefuses:
            return True
        if not leave:
            with contextlib.suppress(BucketForbids):
                bucket.delete(key)
        return False
    return False
