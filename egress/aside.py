"""Where the images stand that an answer to a task query holds itself: on this disk while it comes, then in `inline/`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from archive.errors import Unreadable
from archive.records.inline import text_of
from archive.store.bucket import Bucket
from archive.store.inline import put_inline
from providers.provider import Provider


class Aside:
    """Sets aside what an answer tells as its task's images. Safe to use from many threads."""

    def __init__(self, bucket: Bucket, folder: Path) -> None:
        self._bucket, self.folder = bucket, folder

    def keep(self, provider: Provider, task_id: str, body: bytes, files: Mapping[str, Path]) -> None:
        """Write the images that this answer names; whatever else it holds (references, say) is none of the archive's.

        Raises:
            BucketUnavailable: the task is asked for again.
        """
        try:
            told, images = provider.read_whole(body)
        except Unreadable:
            return
        if told.task_id != task_id:
            return
        for name in dict.fromkeys(told.sources):
            text = files.get(name) or (text_of(images[name]) if name in images else None)
            if text is not None:
                put_inline(self._bucket, provider.name, task_id, name, text)
