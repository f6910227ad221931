"""What a receiver has kept: the ids of the deliveries in `inbox/` and on its spool, taken out so as not to be counted twice."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from archive.layout import INBOX
from bench.ground import Ground
from infra.local.parts.bucket import client
from infra.local.wait import until
from receiver.spool import records

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_READERS = 8
# The relay carries over what the spool has, once S3 is back.
_CARRIED_S = 30.0


class _Line(msgspec.Struct):
    id: str


def taken_out(ground: Ground, spool: Path) -> list[str]:
    """The ids that are found, in no order; an id that stands there twice is found twice."""
    until(lambda: not any(spool.glob("*.spool")), _CARRIED_S)
    bucket = client(ground.s3.address)
    with contextlib.closing(bucket), ThreadPoolExecutor(_READERS) as readers:
        keys = list(_keys(bucket, ground.s3.bucket))
        batches = readers.map(lambda key: _read(bucket, ground.s3.bucket, key), keys)
        found = [each for batch in batches for each in _ids(batch)]
    for file in spool.glob("*.spool"):
        found += [each for _, batch in records(file) for each in _ids(batch)]
    ground.forget_objects()
    return found


def _keys(bucket: S3Client, name: str) -> Iterator[str]:
    for page in bucket.get_paginator("list_objects_v2").paginate(Bucket=name, Prefix=INBOX):
        yield from (entry["Key"] for entry in page.get("Contents", ()))


def _read(bucket: S3Client, name: str, key: str) -> bytes:
    return bucket.get_object(Bucket=name, Key=key)["Body"].read()


def _ids(batch: bytes) -> Iterator[str]:
    decode = msgspec.json.Decoder(_Line).decode
    return (decode(line).id for line in batch.splitlines())
