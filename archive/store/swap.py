"""Write a word of a task so that twice, and twice at the same time, is harmless: by compare-and-swap."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from typing import NoReturn, TypeVar

from archive import layout
from archive.errors import BucketUnavailable, MalformedRecord, Missing, Taken
from archive.records.bounds import bounded
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Delivery
from archive.records.manifest import Manifest
from archive.records.replay_plan import ReplayPlan
from archive.store.bucket import Bucket, Stored
from archive.store.record_at import record_at, record_of

log = logging.getLogger(__name__)

Word = TypeVar("Word", Manifest, DeadLetter, ReplayPlan)

# Each lost swap means that another worker's swap held; this many in a row does not happen.
SWAP_TRIES = 20
# The provider of what nobody could place.
UNKNOWN = "unknown"


def swap(
    bucket: Bucket,
    key: str,
    word: Word,
    merge: Callable[[Word], Word],
    *,
    aside: Callable[[str, DeadLetter], None] | None = None,
) -> Word:
    """Write a word where nothing stands, else over what stands there, merged with it. Raises NewerRecord.

    `aside` is told of the letter in which it is kept, where what stands there cannot be read.
    """
    word = bounded(word)

    def in_place_of_what_nobody_reads(stored: Stored, error: MalformedRecord) -> Word:
        kept = _set_aside(bucket, key, stored, error)
        if aside is not None:
            aside(*kept)
        bucket.put_over(key, word.to_pretty_json(), etag=stored.etag)
        return word

    for _ in range(SWAP_TRIES):
        try:
            bucket.put_new(key, word.to_pretty_json())
        except Taken:
            pass
        else:
            return word
        try:
            return _change(bucket, key, type(word), merge, in_place_of_what_nobody_reads)
        except (Missing, Taken):
            continue
    raise BucketUnavailable(f"{key}: no end of conflicting writes")


def change(bucket: Bucket, key: str, kind: type[Word], change: Callable[[Word], Word]) -> Word | None:
    """Write a word over what it was, and return it; None, and nothing written, where none stands that can be read.

    Raises:
        NewerRecord.
    """
    for _ in range(SWAP_TRIES):
        try:
            return _change(bucket, key, kind, change, _leave)
        except Missing:
            return None
        except Taken:
            continue
    raise BucketUnavailable(f"{key}: no end of conflicting writes")


def find(bucket: Bucket, key: str, kind: type[Word]) -> Word | None:
    """The word under a key; one that cannot be read says nothing, and stays until one is written in its place.

    Raises:
        NewerRecord.
    """
    try:
        return record_at(bucket, key, kind)
    except MalformedRecord as error:
        log.warning("passed over: %s", error)
        return None


def _change(
    bucket: Bucket,
    key: str,
    kind: type[Word],
    change: Callable[[Word], Word],
    otherwise: Callable[[Stored, MalformedRecord], Word],
) -> Word:
    """Write over what stands there, unless nothing changes; `otherwise` where nobody can read it. Raises Missing, Taken."""
    stored = bucket.get(key)
    try:
        there = record_of(key, stored.body, kind)
    except MalformedRecord as error:
        return otherwise(stored, error)
    changed = bounded(change(there))
    if changed != there:
        bucket.put_over(key, changed.to_pretty_json(), etag=stored.etag)
    return changed


def _leave(stored: Stored, error: MalformedRecord) -> NoReturn:
    """Nothing is changed in what nobody can read."""
    raise Missing(stored.etag) from error


def _set_aside(bucket: Bucket, key: str, stored: Stored, error: MalformedRecord) -> tuple[str, DeadLetter]:
    """Keep in dead/, whole, what stands in the place of a word and cannot be read; the letter and its key."""
    digest = hashlib.sha256(key.encode() + b"\n" + stored.body).hexdigest()
    name = f"object-{digest[:24]}"
    letter = DeadLetter(
        reason=MalformedRecord.reason,
        detail=str(error),
        at=stored.modified,
        provider=UNKNOWN,
        delivery=Delivery(id=name, received_at=stored.modified, provider=UNKNOWN, body=stored.body),
    )
    place = layout.dead_delivery_key(stored.modified.date(), UNKNOWN, name)
    letter = swap(bucket, place, letter, letter.merged_into)
    log.warning("set aside as %s, and another is written in its place: %s", name, error)
    return place, letter
