"""Lines of the catalogue for tests, plausible and alike but for what a test says, and a bucket that holds them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from ulid import ULID

from archive import catalog_keys, layout
from archive.records.catalogue import CatalogueLine, ImageLine, LetterLine, Line
from archive.store.bucket import Bucket
from tests.fakes.words import NOW


def image_line(task_id: str, index: int = 0, size: str = "1024x1024", **more: Any) -> ImageLine:
    width, _, height = size.partition("x")
    told: dict[str, Any] = {
        "index": index,
        "name": f"{index:02d}.png",
        "sha256": hashlib.sha256(f"{task_id}/{index}".encode()).hexdigest(),
        "width": int(width),
        "height": int(height),
        "bytes": 1_000,
        "format": "PNG",
    }
    return ImageLine(**told | more)


def line(
    task_id: str = "task-0001", provider: str = "evolink", at: datetime = NOW, **more: Any
) -> CatalogueLine:
    """The line of a completed task of one image that changed at this moment."""
    told: dict[str, Any] = {
        "changed_at": at,
        "provider": provider,
        "task_id": task_id,
        "status": "completed",
        "key": layout.manifest_key(layout.day_in(task_id) or NOW.date(), provider, task_id),
        "model": "gpt-image-2",
    }
    if more.get("status", "completed") == "completed":
        told |= {
            "kept": 1,
            "bytes": 1_000,
            "formats": ("PNG",),
            "sizes": ("1024x1024",),
            "images": (image_line(task_id),),
        }
    return CatalogueLine(**told | more)


def letter_line(
    task_id: str = "task-0001", provider: str = "evolink", at: datetime = NOW, **more: Any
) -> LetterLine:
    """The line of the dead letter of a task that was given up at this moment, and stands."""
    told: dict[str, Any] = {
        "changed_at": at,
        "provider": provider,
        "task_id": task_id,
        "key": layout.dead_key(layout.day_in(task_id) or NOW.date(), provider, task_id),
        "state": "stands",
        "letter_at": at,
        "given_up_at": at,
        "reason": "source_gone",
        "reasons": ("source_gone",),
        "lost": 1,
        "told": 1,
        "model": "gpt-image-2",
    }
    return LetterLine(**told | more)


def put_lines(bucket: Bucket, lines: Iterable[Line | bytes], at: datetime | None = None) -> str:
    """Write lines as one object of the catalogue, as if at this moment, else at that of the last of them."""
    written = list(lines)
    told = [each for each in written if not isinstance(each, bytes)]
    moment = at or max((each.moment for each in told), default=datetime.now(UTC))
    key = catalog_keys.catalog_key(str(ULID.from_datetime(moment)))
    bucket.put(
        key, b"".join((each if isinstance(each, bytes) else each.to_json()) + b"\n" for each in written)
    )
    return key
