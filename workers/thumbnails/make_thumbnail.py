"""One wish: the image is read and held against its SHA-256, made small in a cage, and written by that SHA-256."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from archive import layout
from archive.errors import ForeignBell, SourceLost
from archive.library.thumbnails import thumbnail_of
from archive.queue.wishes import Wish
from archive.reasons import Reason
from archive.store.bucket import Bucket
from workers.decoding.thumbnail_decoder import ThumbnailDecoder

log = logging.getLogger(__name__)

WEBP = "image/webp"


class MakeThumbnail:
    """Makes what is wished for; for one thread."""

    def __init__(self, bucket: Bucket, decoder: ThumbnailDecoder, *, folder: Path, max_bytes: int) -> None:
        self._bucket, self._decoder, self._max_bytes = bucket, decoder, max_bytes
        self._path = folder / "thumbnail"

    def make(self, wish: Wish) -> bool:
        """Make a thumbnail, if there is none; whether it was made.

        Twice is harmless: it is made of the same bytes. So it is written whatever stands there, which may be damaged.

        Raises:
            ForeignBell: if other bytes stand under the key than the wish tells.
            SourceLost: TOO_LARGE, if the object is larger than any image that is taken.
            Missing: if nothing stands there.
            Damaged, TryLater, OSError: as `ThumbnailDecoder.draw` says; BucketUnavailable.
        """
        if thumbnail_of(self._bucket, wish.sha256) is not None:
            return False
        try:
            if self._fetched(wish.key) != wish.sha256:
                raise ForeignBell(f"{wish.key} is not the image that the wish tells of")
            webp = self._decoder.draw(self._path)
        finally:
            self._path.unlink(missing_ok=True)
        self._bucket.put(layout.thumb_key(wish.sha256), webp, content_type=WEBP)
        return True

    def _fetched(self, key: str) -> str:
        """Bring the object to the disk; its SHA-256."""
        summed, size = hashlib.sha256(), 0
        with self._path.open("wb") as file:
            for piece in self._bucket.stream(key):
                size += len(piece)
                if size > self._max_bytes:
                    raise SourceLost(Reason.TOO_LARGE, f"{key}: over {self._max_bytes} bytes")
                summed.update(piece)
                file.write(piece)
        return summed.hexdigest()
