"""What a delivery says, with the images that its body holds set aside: a name stands in place of each."""

from __future__ import annotations

from archive.records.delivery import Delivery
from archive.records.inline import text_of
from archive.records.notification import Notification
from archive.store.bucket import Bucket
from archive.store.inline import put_inline
from workers.readings import read_delivery


class SettingAside:
    """Reads deliveries. May read the same twice, and twice at the same time."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def read(self, delivery: Delivery) -> Notification:
        """What a delivery says; whatever image it holds stands in `inline/` by then.

        Raises:
            Unreadable: as a reader does; nothing is set aside then, since the body is kept whole.
            BucketUnavailable: the delivery is read again.
        """
        told, images = read_delivery(delivery)
        for name, uri in images.items():
            put_inline(self._bucket, told.provider, told.task_id, name, text_of(uri))
        return told
