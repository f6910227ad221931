"""What the bucket says of a task, for the customer's own programs.

archived     completed, and every image is kept
partial      completed, and some images are lost: each lost one has its reason
failed, cancelled    as the provider said
dead         given up: `reason` says why
ordered      its order was told, and nothing else is known yet
unknown      nothing of it is here, or it is still under way
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from archive import layout
from archive.errors import MalformedRecord
from archive.library.task_day import day_of
from archive.reasons import SENTENCES
from archive.records.asset import Asset, KeptAsset
from archive.records.dead_letter import DeadLetter
from archive.records.manifest import Manifest
from archive.records.order_record import OrderRecord
from archive.records.record import Record, to_json
from archive.store.bucket import Bucket
from archive.store.record_at import record_at

Word = TypeVar("Word", bound=Record)

UNKNOWN = "unknown"


def status_of(bucket: Bucket, provider: str, task_id: str) -> dict[str, Any]:
    """All that a program may want to know of a task. Raises BucketUnavailable, NewerRecord."""
    told: dict[str, Any] = {"provider": provider, "task_id": task_id, "status": UNKNOWN}
    day = day_of(bucket, provider, task_id)
    manifest = _read(bucket, layout.manifest_key(day, provider, task_id), Manifest) if day else None
    if manifest is not None and manifest.whole:
        return told | _of_manifest(manifest)
    letter = _read(bucket, layout.dead_key(day, provider, task_id), DeadLetter) if day else None
    if letter is not None:
        told |= {
            "status": "dead",
            "reason": letter.reason,
            "sentence": SENTENCES[letter.reason],
            "detail": letter.detail,
            "label": letter.label,
            "assets": [_asset(asset) for asset in letter.lost],
        }
    if manifest is not None:
        return told | _of_manifest(manifest)
    if letter is None:
        record = _read(bucket, layout.order_key(provider, task_id), OrderRecord)
        if record is not None:
            told |= {"status": "ordered", "label": record.order.label, "ordered_at": record.told_at}
    return told


def _of_manifest(manifest: Manifest) -> dict[str, Any]:
    completed = "archived" if manifest.whole else "partial"
    return {
        "status": completed if manifest.status == "completed" else manifest.status,
        "model": manifest.model,
        "label": manifest.label,
        "changed_at": manifest.changed_at,
        "assets": [_asset(asset) for asset in manifest.assets],
        "findings": _plain(manifest.findings),
        "error": _plain(manifest.error),
    }


def _asset(asset: Asset) -> dict[str, Any]:
    """An image: where it stands and what it is, or why it is lost. Its source is the provider's affair."""
    names = (
        ("key", "sha256", "bytes", "format", "content_type", "width", "height", "findings")
        if isinstance(asset, KeptAsset)
        else ("reason", "detail")
    )
    plain = _plain(asset)
    return {
        "index": asset.index,
        "kept": isinstance(asset, KeptAsset),
        **{name: plain[name] for name in names},
    }


def _plain(words: object) -> Any:
    """Words as JSON tells them, with what a newer version said of them."""
    return msgspec.json.decode(to_json(words))


def _read(bucket: Bucket, key: str, kind: type[Word]) -> Word | None:
    """The word under a key; one that cannot be read says nothing to a program."""
    try:
        return record_at(bucket, key, kind)
    except MalformedRecord:
        return None
