"""Lines of the catalogue: the one place that writes them."""

from __future__ import annotations

from collections.abc import Iterable

from archive import catalog_keys, layout
from archive.records.catalogue import Line
from archive.store.bucket import NDJSON, Bucket


def enter_lines(bucket: Bucket, lines: Iterable[Line]) -> str:
    """Write these lines as one object; its key."""
    key = catalog_keys.catalog_key(layout.batch_id(bucket.now()))
    bucket.put_new(key, b"".join(line.to_json() + b"\n" for line in lines), content_type=NDJSON)
    return key
