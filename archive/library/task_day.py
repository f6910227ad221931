"""The day that a task is filed under, for those who look for it."""

from __future__ import annotations

from datetime import date

from archive import layout
from archive.errors import Missing
from archive.store.bucket import Bucket


def day_of(bucket: Bucket, provider: str, task_id: str) -> date | None:
    """The day that a task is filed under, by its id, else by the index."""
    day = layout.day_in(task_id)
    if day is not None:
        return day
    try:
        return date.fromisoformat(bucket.get(layout.index_key(provider, task_id)).body.decode())
    except (Missing, ValueError):
        return None
