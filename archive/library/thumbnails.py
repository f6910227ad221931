"""Thumbnails, for who shows them: one that is there, or a wish for it. What was wished lately is not wished again."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from archive import layout
from archive.errors import Missing
from archive.queue.wishes import Wish, Wishes
from archive.signatures import is_webp
from archive.store.bucket import Bucket

# A wish may have been lost with Redis, or trimmed; fifty are made in less.
WISH_AGAIN_S: Final = 30.0
REMEMBERED_MOST: Final = 5_000


def thumbnail_of(bucket: Bucket, sha256: str) -> bytes | None:
    """The thumbnail of the image with this SHA-256 (hex); None where there is none, or something else stands there.

    Raises BucketUnavailable.
    """
    webp = b""
    try:
        for piece in bucket.stream(layout.thumb_key(sha256), layout.THUMBNAIL_MAX_BYTES):
            webp += piece
            if len(webp) > layout.THUMBNAIL_MAX_BYTES:
                return None
    except Missing:
        return None
    return webp if is_webp(webp) else None


class Thumbnails:
    """What a console asks. Safe to use from many threads."""

    def __init__(
        self, bucket: Bucket, wishes: Wishes, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._bucket, self._wishes, self._clock = bucket, wishes, clock
        self._lock = threading.Lock()
        self._wished_at: OrderedDict[str, float] = OrderedDict()

    def find(self, sha256: str) -> bytes | None:
        """A WebP, or None. Raises BucketUnavailable."""
        return thumbnail_of(self._bucket, sha256)

    def wish(self, key: str, sha256: str) -> bool:
        """Wish for the thumbnail of the image under this key; whether that was needed. Raises QueueUnavailable."""
        if not self._is_new(sha256):
            return False
        try:
            self._wishes.put(Wish(key, sha256))
        except BaseException:
            with self._lock:
                self._wished_at.pop(sha256, None)
            raise
        return True

    def _is_new(self, sha256: str) -> bool:
        now = self._clock()
        with self._lock:
            at = self._wished_at.get(sha256)
            if at is not None and now - at < WISH_AGAIN_S:
                return False
            self._wished_at[sha256] = now
            self._wished_at.move_to_end(sha256)
            if len(self._wished_at) > REMEMBERED_MOST:
                self._wished_at.popitem(last=False)
            return True
