"""Words of the archive for tests: plausible, and all alike but for what a test says."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from msgspec import structs

from archive import layout
from archive.deployment import Deployment
from archive.reasons import Reason
from archive.records.asset import KeptAsset, LostAsset
from archive.records.delivery import Delivery
from archive.records.manifest import Manifest
from archive.records.work import Heard, Work

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CREATED_UNIX_S = int(NOW.timestamp()) - 20
TASK = f"task-unified-{CREATED_UNIX_S}-imcg5zqt"
DAY = date(2026, 11, 21)
HERE = Deployment("bucket", "here/")


def body(
    status: str = "completed", links: Iterable[str] = ("https://files.evolink.ai/a/0.png?sig=1",), **more: Any
) -> bytes:
    """The body of an EvoLink callback."""
    told: dict[str, Any] = {"id": TASK, "status": status, "model": "gpt-image-2", "created": CREATED_UNIX_S}
    if status == "completed":
        told["results"] = list(links)
    if status == "failed":
        told["error"] = {"code": "content_policy_violation", "message": "no", "type": "task_error"}
    return json.dumps({**told, **more}).encode()


def delivery(number: int = 1, content: bytes | None = None, **more: Any) -> Delivery:
    """One delivery of EvoLink; its id sorts by its number."""
    return Delivery(
        id=f"01DELIVERY{number:016d}",
        received_at=NOW,
        provider="evolink",
        body=body() if content is None else content,
        **more,
    )


def heard(number: int = 1, origin: str = "origin-a") -> Heard:
    return Heard(delivery_id=f"01DELIVERY{number:016d}", received_at=NOW, status="completed", origin=origin)


def kept(index: int = 0, sha256: str = "a" * 64, source: str = "files.evolink.ai/a/0.png") -> KeptAsset:
    return KeptAsset(
        index=index,
        key=layout.asset_key(DAY, "evolink", TASK, index, "png"),
        sha256=sha256,
        bytes=10,
        format="PNG",
        content_type="image/png",
        mode="RGB",
        width=1024,
        height=1024,
        source=source,
    )


def lost(index: int = 0, source: str = "files.evolink.ai/a/0.png") -> LostAsset:
    return LostAsset(index=index, reason=Reason.SOURCE_GONE, source=source)


def manifest(*assets: KeptAsset | LostAsset, **more: Any) -> Manifest:
    """A completed manifest that one delivery of one origin made."""
    made = Manifest(
        provider="evolink",
        task_id=TASK,
        status="completed",
        changed_at=NOW,
        assets=assets,
        notifications=(heard(),),
        closed=("origin-a",),
    )
    return structs.replace(made, **more)


def work(**more: Any) -> Work:
    """Work on one image, as settle writes it."""
    made = Work(
        provider="evolink",
        task_id=TASK,
        day=DAY,
        origin="origin-a",
        sources=("https://files.evolink.ai/a/0.png?sig=1",),
        expires_at=NOW + timedelta(hours=24),
        heard=(heard(),),
    )
    return structs.replace(made, **more)
