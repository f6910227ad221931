"""A bucket whose objects are hours old, with tasks as workers leave them."""

from __future__ import annotations

import hashlib
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec import structs

from archive import catalog_keys, layout
from archive.errors import BucketRefuses, BucketUnavailable
from archive.library.survey.mismatch import Mismatch
from archive.library.survey.notes import Notes
from archive.library.survey.survey import Survey
from archive.records.asset import KeptAsset, LostAsset
from archive.records.catalogue import line_of
from archive.records.manifest import Manifest
from archive.store.bucket import NDJSON, Stored
from tests.fakes.bucket import MemoryBucket
from tests.fakes.words import DAY, NOW, manifest

AGE = timedelta(hours=3)
PIXELS = b"the bytes of an image"
PROVIDER = "evolink"


class AgedBucket(MemoryBucket):
    """All that was put is three hours old. Beyond `manifests_most` S3 is away; `refused` it does not give."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: set[str] = set()
        self.manifests_read, self.manifests_most = 0, 1_000_000

    def now(self) -> datetime:
        return datetime.now(UTC) + AGE

    def get(self, key: str) -> Stored:
        if key in self.refused:
            raise BucketRefuses(f"{key}: InvalidObjectState")
        self.manifests_read += key.endswith("manifest.json")
        if self.manifests_read > self.manifests_most:
            raise BucketUnavailable("it is away")
        return super().get(key)


def task_of(number: int) -> str:
    """An id of EvoLink's of the tests' day."""
    return f"task-unified-{int(NOW.timestamp())}-test{number:04d}"


def manifest_key(number: int) -> str:
    """Where a task's manifest stands."""
    return layout.manifest_key(DAY, PROVIDER, task_of(number))


def image_key(number: int, index: int = 0) -> str:
    """Where a task's image stands."""
    return layout.asset_key(DAY, PROVIDER, task_of(number), index, "png")


def image_of(number: int, index: int = 0) -> KeptAsset:
    """An image as its manifest names it."""
    return KeptAsset(
        index=index, key=image_key(number, index), sha256=hashlib.sha256(PIXELS).hexdigest(), bytes=len(PIXELS),
        format="PNG", content_type="image/png", mode="RGB", width=8, height=8, source="files.evolink.ai/a.png",
    )  # fmt: skip


def archive(bucket: MemoryBucket, number: int, *more: LostAsset, line: bool = True) -> Manifest:
    """A task with one image, its manifest and its line."""
    bucket.put(image_key(number), PIXELS)
    made = structs.replace(manifest(image_of(number), *more), task_id=task_of(number))
    bucket.put(manifest_key(number), made.to_pretty_json())
    if line:
        list_anew(bucket, number, made)
    return made


def list_anew(bucket: MemoryBucket, number: int, told: Manifest) -> None:
    """The line of a manifest in the catalogue."""
    key = catalog_keys.catalog_key(layout.batch_id_of(NOW, f"{number} {told.changed_at}"))
    bucket.put(key, line_of(told, manifest_key(number)).to_json() + b"\n", content_type=NDJSON)


def surveyed(
    bucket: MemoryBucket, folder: Path, *, read: bool = False
) -> tuple[dict[str, object], list[Mismatch]]:
    """A survey to its end: what it counted, and what it found."""
    with closing(Notes(folder / "fsck.sqlite")) as notes:
        Survey(bucket, notes, read=read).run(lambda *_: None)
        found = [mismatch for kind in notes.counts() for mismatch, _ in notes.mismatches(kind, 100)]
        return dict(notes.rows("SELECT name, value FROM facts")), found
