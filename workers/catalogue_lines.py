"""Catalogue lines of many tasks -> one object in `catalog/`; each within an hour of the `changed_at` that it tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from archive import layout
from archive.errors import BucketUnavailable
from archive.records.catalogue import LISTED_WITHIN, line_of
from archive.records.manifest import Manifest
from archive.store.bucket import NDJSON, Bucket
from runtime.journal import Journal

# The catalogue's group commit waits for at most one write before ours and our own.
CATALOGUE_S = 30.0


def commit_to(bucket: Bucket) -> Callable[[Sequence[bytes]], str]:
    """How the journal of the catalogue makes a batch durable; the receipt is its key."""

    def commit(lines: Sequence[bytes]) -> str:
        key = layout.catalog_key(layout.batch_id(bucket.now()))
        bucket.put_new(key, b"\n".join(lines) + b"\n", content_type=NDJSON)
        return key

    return commit


def is_late(manifest: Manifest, now: datetime) -> bool:
    """Whether it changed so long ago that it cannot be listed any more as it stands."""
    return now - manifest.changed_at > LISTED_WITHIN


def list_in_time(
    catalogue: Journal[str],
    manifest: Manifest,
    key: str,
    *,
    now: Callable[[], datetime],
    renewed: Callable[[str, Manifest], Manifest],
) -> None:
    """Write a manifest's line; one that changed too long ago is `renewed` first, and listed by that.

    Its writer may have been killed, and nobody have run for long. Or this process slept before the line, however
    long: so it looks again when the line is written. Raises BucketUnavailable.
    """
    listed = False
    while is_late(manifest, now()) or not listed:
        if is_late(manifest, now()):
            manifest = renewed(key, manifest)
        try:
            catalogue.append(line_of(manifest, key).to_json()).result(CATALOGUE_S)
        except TimeoutError as error:
            raise BucketUnavailable(f"{key}: its catalogue line is not written yet") from error
        listed = True
