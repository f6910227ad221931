"""A record of the bucket, read under its key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from archive.errors import MalformedRecord, Missing, NewerRecord
from archive.records.belonging import refuse_foreign
from archive.records.record import Record
from archive.store.bucket import Bucket

Word = TypeVar("Word", bound=Record)


def record_at(bucket: Bucket, key: str, kind: type[Word]) -> Word | None:
    """The record under a key, or None where nothing stands.

    Raises:
        NewerRecord, MalformedRecord: naming the key.
        BucketUnavailable: S3 is away.
    """
    try:
        body = bucket.get(key).body
    except Missing:
        return None
    return record_of(key, body, kind)


def record_of(key: str, body: bytes, kind: type[Word]) -> Word:
    """The record that an object is, which belongs to its key. Raises NewerRecord, MalformedRecord, naming the key."""
    with naming(key):
        record = kind.from_json(body)
        refuse_foreign(key, record)
    return record


@contextmanager
def naming(key: str) -> Iterator[None]:
    """Name the key in what is raised of the record that was read under it."""
    try:
        yield
    except NewerRecord as error:
        raise NewerRecord(f"{key}: {error.detail}") from error
    except MalformedRecord as error:
        raise MalformedRecord(f"{key}: {error}") from error
