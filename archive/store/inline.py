"""Set aside the text of an image that came within a body."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from archive import layout
from archive.errors import Taken
from archive.records.inline import inline_sha256
from archive.store.bucket import Bucket

_TEXT = "text/plain"


def put_inline(bucket: Bucket, provider: str, task_id: str, name: str, text: bytes | Path) -> None:
    """Write a `data:` URI's text under its name; twice is as good as once. Raises BucketUnavailable."""
    sha256 = inline_sha256(name)
    # By other bytes, which somebody else wrote: whoever fetches the image sees that.
    with suppress(Taken):
        bucket.put_new(layout.inline_key(provider, task_id, sha256), text, content_type=_TEXT, sha256=sha256)
