"""What workers write, written by the archive's own classes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import msgspec
from msgspec import structs
from ulid import ULID

from archive import catalog_keys, layout
from archive.reasons import Reason
from archive.records.asset import Finding, KeptAsset, LostAsset
from archive.records.catalogue import line_of
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Delivery, Replay, Via
from archive.records.manifest import Manifest
from archive.records.notification import TaskError
from archive.records.order import Claims, Order
from archive.records.told_order import ToldOrder, delivery_of
from archive.records.work import Heard, Work
from archive.store.bucket import NDJSON, Bucket

STARTED = datetime.now(UTC)
PIXELS = b"\x89PNG\r\n\x1a\n, as far as a checksum cares"
Status = Literal["completed", "failed", "cancelled"]


def task_of(number: int, made_at: datetime | None = None) -> str:
    """An id of EvoLink's, of a task that was made then; without, the same in every call."""
    made = made_at or STARTED
    return f"task-unified-{int(made.timestamp())}-test{number:04d}"


def day_of(task_id: str) -> date:
    """The day that the id tells, else today."""
    return layout.day_in(task_id) or datetime.now(UTC).date()


def lost(index: int = 0, reason: Reason = Reason.SOURCE_GONE) -> LostAsset:
    """An image that was given up."""
    return LostAsset(
        index=index, reason=reason, source="files.evolink.ai/b.png", detail="the origin answered 404"
    )


@dataclass(frozen=True)
class Seeds:
    """Writes into a test's bucket."""

    bucket: Bucket

    def kept(
        self, task_id: str, index: int = 0, body: bytes = PIXELS, provider: str = "evolink"
    ) -> KeptAsset:
        """An image, put where it belongs."""
        key = layout.asset_key(day_of(task_id), provider, task_id, index, "png")
        self.bucket.put(key, body, content_type="image/png")
        return KeptAsset(
            index=index, key=key, sha256=hashlib.sha256(body).hexdigest(), bytes=len(body), format="PNG",
            content_type="image/png", mode="RGB", width=1024, height=1536, source="files.evolink.ai/a.png",
            findings=(Finding(kind="dimensions", expected="1024x1024", got="1024x1536"),) if index else (),
        )  # fmt: skip

    def manifest(
        self,
        task_id: str,
        *assets: KeptAsset | LostAsset,
        status: Status = "completed",
        changed_at: datetime | None = None,
        label: str | None = "spring",
        replays: tuple[Replay, ...] = (),
        provider: str = "evolink",
    ) -> Manifest:
        """A manifest with its line of the catalogue."""
        moment = changed_at or datetime.now(UTC)
        manifest = Manifest(
            provider=provider, task_id=task_id, status=status, changed_at=moment, model="gpt-image-2", label=label,
            error=None if status == "completed" else TaskError(code="content_policy_violation", message="no \x1b[2J"),
            order=Order(model="gpt-image-2", size="1024x1024", prompt="a cat"), assets=assets, replays=replays,
            billing={"credits": 2.5}, notifications=(self.heard("delivery-1", status),), closed=("abc",),
        )  # fmt: skip
        key = layout.manifest_key(day_of(task_id), provider, task_id)
        self.bucket.put(key, manifest.to_pretty_json())
        self.line(line_of(manifest, key).to_json(), moment)
        return manifest

    def whole(self, task_id: str, **said: str) -> Manifest:
        """A task whose one image is kept."""
        return self.manifest(task_id, self.kept(task_id), label=said.get("label", "spring"))

    def line(self, text: bytes, moment: datetime | None = None) -> None:
        """A line of the catalogue."""
        batch = layout.batch_id(moment or datetime.now(UTC))
        self.bucket.put(catalog_keys.catalog_key(batch), text + b"\n", content_type=NDJSON)

    def heard(self, delivery_id: str, status: Status = "completed") -> Heard:
        """What is remembered of a delivery."""
        return Heard(delivery_id=delivery_id, received_at=datetime.now(UTC), status=status, origin="abc")

    def work(self, task_id: str) -> Work:
        """The work of a task of one image, as its letter keeps it."""
        return Work(
            provider="evolink", task_id=task_id, day=day_of(task_id), origin="abc",
            sources=("https://files.evolink.ai/b.png?sig=s",), expires_at=datetime.now(UTC) + timedelta(hours=20),
            heard=(self.heard("delivery-1"),), leased=True, starts=3, tries=2, silent_endings=1, trouble="slow",
        )  # fmt: skip

    def letter(
        self,
        task_id: str,
        reason: Reason = Reason.SOURCE_GONE,
        *,
        at: datetime | None = None,
        label: str | None = "spring",
        replays: tuple[Replay, ...] = (),
    ) -> str:
        """The dead letter of a task; its key."""
        key = layout.dead_key(day_of(task_id), "evolink", task_id)
        letter = DeadLetter(
            reason=reason, at=at or datetime.now(UTC), provider="evolink", task_id=task_id, label=label,
            detail="the origin answered 404", lost=(lost(reason=reason),), notifications=(self.heard("delivery-1"),),
            closed=("abc",), replays=replays, work=self.work(task_id),
        )  # fmt: skip
        self.bucket.put(key, letter.to_pretty_json())
        return key

    def dead_delivery(
        self, body: bytes, reason: Reason = Reason.UNKNOWN_STATUS, *, work: Work | None = None
    ) -> DeadLetter:
        """The dead letter of a delivery that nobody could read, or of a conflicting one."""
        now = datetime.now(UTC)
        delivery = Delivery(
            id=str(ULID.from_datetime(now)),
            received_at=now,
            provider="evolink",
            body=body,
            claims=Claims(label="x"),
        )
        letter = DeadLetter(
            reason=reason, at=now, provider="evolink", detail="the status is 'weird'", delivery=delivery, work=work,
            task_id=work.task_id if work else None, replays=(delivery.replay,) if delivery.replay else (),
        )  # fmt: skip
        key = layout.dead_delivery_key(now.date(), "evolink", delivery.id)
        self.bucket.put(key, letter.to_pretty_json())
        return letter

    def dead_order(self, via: Via) -> DeadLetter:
        """The dead letter of what looks like an order and came by this door."""
        now = datetime.now(UTC)
        told = ToldOrder(task_id=task_of(1), request={"n": msgspec.Raw(b'"two"')}, who="POST /orders")
        delivery = structs.replace(
            delivery_of(told, "evolink", delivery_id=str(ULID.from_datetime(now)), now=now),
            via=via,
            replay=Replay(id="replay-1", at=now, who="ops@host") if via == "replay" else None,
        )
        letter = DeadLetter(
            reason=Reason.BAD_ORDER, at=now, provider="evolink", task_id=task_of(1), delivery=delivery
        )
        self.bucket.put(layout.dead_delivery_key(now.date(), "evolink", delivery.id), letter.to_pretty_json())
        return letter

    def keys(self, under: str) -> list[str]:
        """The keys that stand under a prefix."""
        return [listed.key for listed in self.bucket.list(under)]
