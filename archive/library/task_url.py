"""A task's own address at its provider, as it was told with its order."""

from __future__ import annotations

from archive import layout
from archive.errors import MalformedRecord
from archive.records.order_record import OrderRecord
from archive.store.bucket import Bucket
from archive.store.record_at import record_at


def task_url_of(bucket: Bucket, provider: str, task_id: str) -> str | None:
    """The address, where one was told; a record that nobody can read tells none.

    Raises:
        NewerRecord: a newer version wrote the order.
        BucketUnavailable: S3 is away.
    """
    try:
        record = record_at(bucket, layout.order_key(provider, task_id), OrderRecord)
    except MalformedRecord:
        return None
    return record.task_url if record else None
