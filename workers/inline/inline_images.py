"""One image that came within a body -> one file, as a download leaves it: decoded in pieces, every byte counted."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from archive import layout
from archive.errors import Missing, SourceLost, SourceTrouble, TryLater
from archive.reasons import Reason
from archive.records.inline import inline_sha256, inline_type
from archive.records.work import Work
from archive.store.bucket import Bucket
from egress.download import Downloaded
from workers.inline.data_uri import NoDataUri, decoded

# Of one image, decoded; as much as a download may have, of which an image of 8.29 MP takes 33 MB at most.
INLINE_MAX_BYTES: Final = 52_428_800


class InlineImages:
    """Fetches from `inline/` what was set aside there. Safe to use from many threads."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def fetch(
        self, work: Work, source: str, path: Path, *, deadline: float, stopping: threading.Event
    ) -> Downloaded:
        """Decode what this name stands for into `path`, where a file is afterwards only if all of it could be.

        Raises:
            SourceLost: UNDECODABLE, TOO_LARGE; MALFORMED_RECORD where another text stands under the name.
            SourceTrouble: SOURCE_GONE where nothing stands there.
            TryLater: BUCKET_UNAVAILABLE, STOPPING or OUT_OF_TIME.
            OSError: if the file cannot be written.
        """
        began = time.monotonic()
        try:
            size, sha256 = self._write(work, source, path, deadline, stopping)
        except BaseException as error:
            path.unlink(missing_ok=True)
            if isinstance(error, Missing):
                detail = "what came within a body does not stand in `inline/`, or not any more"
                raise SourceTrouble(Reason.SOURCE_GONE, detail) from error
            if isinstance(error, NoDataUri):
                detail = f"it came within a body, and its `data:` URI is malformed: {error}"
                raise SourceLost(Reason.UNDECODABLE, detail) from error
            raise
        return Downloaded(
            path=path,
            bytes=size,
            sha256=sha256,
            content_type=inline_type(source),
            final_url_without_query="",
            download_ms=round((time.monotonic() - began) * 1000),
        )

    def _write(
        self, work: Work, source: str, path: Path, deadline: float, stopping: threading.Event
    ) -> tuple[int, str]:
        """Size and SHA-256 of the file."""
        size, digest, text = 0, hashlib.sha256(), hashlib.sha256()
        with path.open("wb") as file:
            for piece in decoded(self._text(work, source, text)):
                size += len(piece)
                if size > INLINE_MAX_BYTES:
                    raise SourceLost(
                        Reason.TOO_LARGE, f"more than {INLINE_MAX_BYTES} bytes came within a body"
                    )
                if stopping.is_set():
                    raise TryLater(Reason.STOPPING)
                if time.monotonic() > deadline:
                    raise TryLater(Reason.OUT_OF_TIME, "while what came within a body was decoded")
                digest.update(piece)
                file.write(piece)
        if text.hexdigest() != inline_sha256(source):
            raise SourceLost(Reason.MALFORMED_RECORD, "another text stands in `inline/` under its name")
        if size == 0:
            raise NoDataUri("it holds nothing")
        return size, digest.hexdigest()

    def _text(self, work: Work, source: str, sum_of: hashlib._Hash) -> Iterator[bytes]:
        """The URI's text as it stands in the bucket, summed."""
        key = layout.inline_key(work.provider, work.task_id, inline_sha256(source))
        for piece in self._bucket.stream(key):
            sum_of.update(piece)
            yield piece
