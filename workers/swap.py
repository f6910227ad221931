"""Write a word of a task so that twice, and twice at once, is harmless: by compare-and-swap."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from archive.bounds import bounded
from archive.bucket import Bucket
from archive.dead_letter import DeadLetter
from archive.errors import BucketUnavailable, Missing, Taken
from archive.manifest import Manifest
from archive.record_at import naming

Word = TypeVar("Word", Manifest, DeadLetter)

# Each lost swap means that another worker's swap held; this many in a row does not happen.
SWAP_TRIES = 20


def swap(bucket: Bucket, key: str, word: Word, merge: Callable[[Word], Word]) -> Word:
    """Write a word where nothing stands, else over what stands there, merged with it. Raises NewerRecord."""
    word = bounded(word)
    for _ in range(SWAP_TRIES):
        try:
            bucket.put_new(key, word.to_pretty_json())
        except Taken:
            pass
        else:
            return word
        try:
            return _change(bucket, key, type(word), merge)
        except (Missing, Taken):
            continue
    raise BucketUnavailable(f"{key}: no end of conflicting writes")


def change_letter(bucket: Bucket, key: str, change: Callable[[DeadLetter], DeadLetter]) -> None:
    """Write a letter over what it was; where none stands, nothing. Raises NewerRecord."""
    for _ in range(SWAP_TRIES):
        try:
            _change(bucket, key, DeadLetter, change)
        except Missing:
            return
        except Taken:
            continue
        return
    raise BucketUnavailable(f"{key}: no end of conflicting writes")


def _change(bucket: Bucket, key: str, kind: type[Word], change: Callable[[Word], Word]) -> Word:
    """Write over what stands there, unless nothing changes. Raises Missing, Taken."""
    stored = bucket.get(key)
    with naming(key):
        there = kind.from_json(stored.body)
    changed = bounded(change(there))
    if changed != there:
        bucket.put_over(key, changed.to_pretty_json(), etag=stored.etag)
    return changed
