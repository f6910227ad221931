"""Catalogue lines of many tasks -> one object in `catalog/`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archive import layout
from archive.store.bucket import NDJSON, Bucket


def commit_to(bucket: Bucket) -> Callable[[Sequence[bytes]], str]:
    """How the journal of the catalogue makes a batch durable; the receipt is its key."""

    def commit(lines: Sequence[bytes]) -> str:
        key = layout.catalog_key(layout.batch_id(bucket.now()))
        bucket.put_new(key, b"\n".join(lines) + b"\n", content_type=NDJSON)
        return key

    return commit
