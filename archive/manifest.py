"""The commit record of a task: all that is known, written last.

    whole      completed, and every asset kept: nothing more can become better
    partial    completed, some assets lost; a dead letter stands for those
    failed, cancelled      as the provider said; any `completed` beats them

Manifests change only by compare-and-swap, and what changes is the result of `merged`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from msgspec import structs

from archive.asset import Asset, Finding, KeptAsset, LostAsset
from archive.dead_letter import DeadLetter
from archive.delivery import Replay
from archive.notification import TaskError
from archive.order import Order
from archive.record import Record
from archive.work import Heard

_RANK = {"completed": 2, "cancelled": 1, "failed": 1}


class Manifest(Record, frozen=True, kw_only=True, omit_defaults=False):
    """All that is known of one task. `changed_at` is S3's time; `findings` concern the task as a whole.

    `silent_endings` counts runs that ended without a word (a killed worker).
    """

    schema: Literal[1] = 1
    provider: str
    task_id: str
    status: Literal["completed", "failed", "cancelled"]
    changed_at: datetime
    model: str | None = None
    label: str | None = None
    created_at: datetime | None = None
    error: TaskError | None = None
    order: Order | None = None
    assets: tuple[Asset, ...] = ()
    findings: tuple[Finding, ...] = ()
    billing: dict[str, object] | None = None
    notifications: tuple[Heard, ...] = ()
    closed: tuple[str, ...] = ()
    replays: tuple[Replay, ...] = ()
    starts: int = 0
    silent_endings: int = 0

    @property
    def whole(self) -> bool:
        """Whether the task is completed and every asset is kept."""
        return self.status == "completed" and bool(self.assets) and not self.lost

    @property
    def kept(self) -> tuple[KeptAsset, ...]:
        """The assets that are in the bucket."""
        return tuple(asset for asset in self.assets if isinstance(asset, KeptAsset))

    @property
    def lost(self) -> tuple[LostAsset, ...]:
        """The assets that were given up."""
        return tuple(asset for asset in self.assets if isinstance(asset, LostAsset))

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """The findings of the task and of each asset."""
        return (*self.findings, *(finding for asset in self.kept for finding in asset.findings))

    def tells_of(self, heard: Iterable[Heard], origin: str) -> bool:
        """Whether this origin ended here and every one of these deliveries is in the history."""
        known = {told.delivery_id for told in self.notifications}
        return origin in self.closed and all(told.delivery_id in known for told in heard)


def merged(old: Manifest | None, new: Manifest) -> Manifest:
    """The better of two manifests with the story of both.

    It keeps the better asset per index, `completed` over `failed` and `cancelled`, every notification, every
    closed origin and every replay. Merging the same twice changes nothing but `changed_at`.
    """
    if old is None:
        return new
    lead, other = (new, old) if _RANK[new.status] > _RANK[old.status] else (old, new)
    assets = _better_assets(lead, other)
    heard = {told.delivery_id: told for told in (*old.notifications, *new.notifications)}
    replays = {replay.id: replay for replay in (*old.replays, *new.replays)}
    return Manifest(
        provider=old.provider,
        task_id=old.task_id,
        status=lead.status,
        changed_at=new.changed_at,
        model=lead.model or other.model,
        label=lead.label or other.label,
        created_at=lead.created_at or other.created_at,
        error=lead.error,
        order=lead.order or other.order,
        assets=assets,
        # Of two runs over the same assets, the one that kept more knows better what differs.
        findings=new.findings
        if lead.status == new.status and len(new.kept) > len(old.kept)
        else lead.findings,
        billing=lead.billing or other.billing,
        notifications=tuple(heard[key] for key in sorted(heard)),
        closed=tuple(sorted({*old.closed, *new.closed})),
        replays=tuple(replays[key] for key in sorted(replays)),
        starts=max(old.starts, new.starts),
        silent_endings=max(old.silent_endings, new.silent_endings),
    )


def conflicts(old: Manifest, new: Manifest) -> bool:
    """Whether a whole task would be told of other images: one of the two may be forged, and the first may be.

    A replay, and an origin that ended here before, conflict with nothing.
    """
    if not old.whole or new.status != "completed" or new.replays:
        return False
    if set(new.closed) <= set(old.closed):
        return False
    return {asset.source for asset in old.assets} != {asset.source for asset in new.assets}


def with_story_of(manifest: Manifest, letter: DeadLetter) -> Manifest:
    """The manifest with what a dead letter tells, so that the letter may go."""
    heard = {told.delivery_id: told for told in (*letter.notifications, *manifest.notifications)}
    replays = {replay.id: replay for replay in (*letter.replays, *manifest.replays)}
    return structs.replace(
        manifest,
        model=manifest.model or letter.model,
        label=manifest.label or letter.label,
        notifications=tuple(heard[key] for key in sorted(heard)),
        closed=tuple(sorted({*manifest.closed, *letter.closed})),
        replays=tuple(replays[key] for key in sorted(replays)),
    )


def _better_assets(lead: Manifest, other: Manifest) -> tuple[Asset, ...]:
    """Per index, a kept asset over a lost one, the first kept over a later one."""
    if lead.status != "completed":
        return ()
    best: dict[int, Asset] = {asset.index: asset for asset in lead.assets}
    for asset in other.assets if other.status == "completed" else ():
        if asset.index not in best or (
            isinstance(asset, KeptAsset) and isinstance(best[asset.index], LostAsset)
        ):
            best[asset.index] = asset
    return tuple(best[index] for index in sorted(best))
