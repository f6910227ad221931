"""What a contestant left in the bucket, read back whole and held against what it was to keep."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from archive import layout
from archive.errors import Missing
from archive.records.manifest import Manifest
from archive.store.bucket import Bucket
from bench.hands.figures import CannotMeasure
from infra.local.parts.s3 import BUCKET

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ORIGINALS, OTHERS = "originals", "re-encoded"
_IMAGES: Final = (".png", ".jpg", ".jpeg", ".webp")


def kept(client: S3Client, prefix: str, wanted: Sequence[str]) -> str:
    """Whether the originals are under a prefix, or as many other images; CannotMeasure if there are fewer."""
    digests: set[str] = set()
    images = 0
    for key in _keys(client, prefix):
        name = key.rpartition("/")[2]
        if "." in name and not name.endswith(_IMAGES):
            continue
        images += 1
        digests.add(hashlib.sha256(client.get_object(Bucket=BUCKET, Key=key)["Body"].read()).hexdigest())
    if digests.issuperset(wanted):
        return ORIGINALS
    if images < len(wanted):
        raise CannotMeasure(f"{prefix}: {images} images are kept of {len(wanted)}")
    return OTHERS


def check_ours(bucket: Bucket, tasks: dict[str, list[str]]) -> str:
    """Hold each task's manifest and each of its images against the digests that it was to keep.

    `tasks` are digests by task id. Raises CannotMeasure.
    """
    for task_id, wanted in tasks.items():
        day = layout.day_in(task_id)
        assert day is not None
        try:
            body = bucket.get(layout.manifest_key(day, "evolink", task_id)).body
            manifest = Manifest.from_json(body)
            found = [hashlib.sha256(bucket.get(asset.key).body).hexdigest() for asset in manifest.kept]
        except Missing as error:
            raise CannotMeasure(f"{task_id} is not kept: {error}") from error
        if not manifest.whole or found != wanted:
            raise CannotMeasure(f"{task_id}: what is kept is not what was served")
    return ORIGINALS


def _keys(client: S3Client, prefix: str) -> Iterator[str]:
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix):
        for entry in page.get("Contents", ()):
            yield entry["Key"]
