"""What a delivery says, with the images that its body holds set aside: a name stands in place of each."""

from __future__ import annotations

from contextlib import suppress

from archive import layout
from archive.errors import Taken
from archive.records.delivery import Delivery
from archive.records.inline import inline_sha256, text_of
from archive.records.notification import Notification
from archive.store.bucket import Bucket
from workers.readings import read_delivery

TEXT = "text/plain"


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
            sha256 = inline_sha256(name)
            # By other bytes, which somebody else wrote: whoever fetches the image sees that.
            with suppress(Taken):
                self._bucket.put_new(
                    layout.inline_key(told.provider, told.task_id, sha256),
                    text_of(uri),
                    content_type=TEXT,
                    sha256=sha256,
                )
        return told
