"""The days of which the catalogue has something, from its keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from archive import catalog_keys, layout
from archive.store.bucket import PAGE_KEYS, Bucket


def days_in(bucket: Bucket, first: date | None = None) -> Iterator[date]:
    """The days from a first one on, in order: a page of closed days tells many, and a day of many keys is passed by."""
    # With its slash: behind the bare name of a folder SeaweedFS leaves out the whole of it.
    after = f"{catalog_keys.catalog_day(first)}/" if first else ""
    day: date | None = None
    while True:
        passed = 0
        for listed in bucket.list(layout.CATALOG, after=after):
            found = catalog_keys.catalog_day_in(listed.key)
            if found is not None and found != day:
                day = found
                passed = 0
                yield day
            passed += 1
            if passed > PAGE_KEYS and day is not None:
                break
        else:
            return
        assert day is not None
        after = f"{catalog_keys.catalog_day(day)}~\x7f"
