"""The day that a task is filed under: by its id, else as its first delivery fixed it in `index/`."""

from __future__ import annotations

from datetime import date

from archive import layout
from archive.errors import MalformedRecord, Taken
from archive.store.bucket import Bucket


def filed_day(bucket: Bucket, provider: str, task_id: str, heard_on: date) -> date:
    """The day of a task of which something is heard on this one.

    Raises:
        MalformedRecord: if what stands in `index/` is no day.
    """
    day = layout.day_in(task_id)
    if day is not None:
        return day
    key = layout.index_key(provider, task_id)
    try:
        bucket.put_new(key, heard_on.isoformat().encode(), content_type="text/plain")
    except Taken:
        try:
            return date.fromisoformat(bucket.get(key).body.decode())
        except ValueError as error:
            raise MalformedRecord(f"{key}: it tells no day: {error}") from error
    return heard_on
