"""The commit record of a task: all that is known, written last.

    whole      completed, and every asset kept: nothing more can become better
    partial    completed, some assets lost; a dead letter stands for those
    failed, cancelled      as the provider said; any `completed` beats them

Manifests change only by compare-and-swap, and what changes is the result of `merged`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Annotated, Literal

from msgspec import structs

from archive.records.asset import FINDINGS_MOST, Asset, Finding, KeptAsset, LostAsset, image_of
from archive.records.bounds import Most
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Replay
from archive.records.dismissal import DISMISSALS_MOST, Dismissal, dismissals_of
from archive.records.history import NAMED_MOST, Counted, History
from archive.records.ids import Count, Moment, Origin, ProviderName, TaskId
from archive.records.notification import Billing, Model, Remarks, TaskError
from archive.records.order import Label, Order
from archive.records.record import Record
from archive.records.room import IMAGES_MOST, ORIGINS_MOST, SETS_MOST, closings, sets_in
from archive.records.unknown import carried
from archive.records.work import Heard

_RANK = {"completed": 2, "cancelled": 1, "failed": 1}


class Manifest(Record, frozen=True, kw_only=True, omit_defaults=False):
    """All that is known of one task. `changed_at` is S3's time; `findings` concern the task as a whole.

    `notifications` and `replays` are the first and the last ones, `counted` and `counted_replays` those between.
    `silent_endings` counts runs that ended without a word (a killed worker). `dismissals` are those of people who
    closed what it lost.
    """

    schema: Literal[1] = 1
    provider: ProviderName
    task_id: TaskId
    status: Literal["completed", "failed", "cancelled"]
    changed_at: Moment
    model: Model | None = None
    label: Label | None = None
    created_at: datetime | None = None
    error: TaskError | None = None
    order: Order | None = None
    assets: Annotated[tuple[Asset, ...], Most(IMAGES_MOST)] = ()
    findings: Annotated[tuple[Finding, ...], Most(FINDINGS_MOST)] = ()
    billing: Billing | None = None
    remarks: Remarks | None = None
    notifications: Annotated[tuple[Heard, ...], Most(NAMED_MOST)] = ()
    counted: Counted | None = None
    closed: Annotated[tuple[Origin, ...], Most(ORIGINS_MOST)] = ()
    replays: Annotated[tuple[Replay, ...], Most(NAMED_MOST)] = ()
    counted_replays: Counted | None = None
    starts: Count = 0
    silent_endings: Count = 0
    dismissals: Annotated[tuple[Dismissal, ...], Most(DISMISSALS_MOST)] = ()

    @property
    def whole(self) -> bool:
        """Whether the task is completed and every asset is kept."""
        return self.status == "completed" and bool(self.assets) and not self.lost

    @property
    def dismissed(self) -> Dismissal | None:
        """Who closed what it lost, unless it changed since."""
        last = next(reversed(self.dismissals), None)
        return last if last is not None and last.at >= self.changed_at else None

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

    @property
    def history(self) -> History[Heard]:
        """The deliveries that it tells of."""
        return History(self.notifications, self.counted)

    @property
    def replay_history(self) -> History[Replay]:
        """The replays that ended here."""
        return History(self.replays, self.counted_replays)

    def tells_of(self, history: History[Heard], origin: str) -> bool:
        """Whether this origin ended here and every one of these deliveries is told of."""
        return origin in self.closed and self.history.covers(history)


def merged(old: Manifest | None, new: Manifest) -> Manifest:
    """The better of two manifests with the story of both.

    It keeps the better asset per image, `completed` over `failed` and `cancelled`, every notification, every
    closed origin and every replay. Merging the same twice changes nothing but `changed_at`.
    """
    if old is None:
        return new
    lead, other = (new, old) if _RANK[new.status] > _RANK[old.status] else (old, new)
    judge = _judge(lead, other)
    assets = _judged(_better_assets(lead, other), judge)
    history = old.history.with_(new.history)
    replays = old.replay_history.with_(new.replay_history)
    final = Manifest(
        provider=old.provider,
        task_id=old.task_id,
        status=lead.status,
        # Later than what it changes, so that of two catalogue lines the later one tells of the later manifest.
        changed_at=max(new.changed_at, old.changed_at + timedelta(microseconds=1)),
        model=lead.model or other.model,
        label=lead.label or other.label,
        created_at=lead.created_at or other.created_at,
        error=lead.error,
        order=judge.order or lead.order or other.order,
        assets=assets,
        findings=_findings(judge, old, new),
        billing=lead.billing or other.billing,
        remarks=lead.remarks or other.remarks,
        notifications=history.named,
        counted=history.counted,
        closed=closings(old.closed, new.closed),
        replays=replays.named,
        counted_replays=replays.counted,
        starts=max(old.starts, new.starts),
        silent_endings=max(old.silent_endings, new.silent_endings),
        dismissals=dismissals_of(old.dismissals, new.dismissals),
    )
    return carried(final, lead, other)


def conflicts(old: Manifest, new: Manifest) -> bool:
    """Whether a whole task would be told of other images: one of the two may be forged, and the first may be.

    A replay, and an origin that ended here before, conflict with nothing; but what is whole stays whole, so
    images that they have lost are none of its story.
    """
    if not old.whole or new.status != "completed":
        return False
    images = {image_of(asset) for asset in old.assets}
    if any(image_of(asset) not in images for asset in new.lost):
        return True
    if new.replays or set(new.closed) <= set(old.closed):
        return False
    return {asset.source for asset in old.assets} != {asset.source for asset in new.assets}


def has_room(old: Manifest, final: Manifest) -> bool:
    """Whether what a completed delivery added to a manifest has room in it."""
    images = len(final.assets) <= max(IMAGES_MOST, len(old.assets))
    return images and sets_in(final.closed) <= max(SETS_MOST, sets_in(old.closed))


def with_story_of(manifest: Manifest, letter: DeadLetter) -> Manifest:
    """The manifest with what a dead letter tells, so that the letter may go."""
    history = letter.history.with_(manifest.history)
    replays = letter.replay_history.with_(manifest.replay_history)
    return structs.replace(
        manifest,
        model=manifest.model or letter.model,
        label=manifest.label or letter.label,
        notifications=history.named,
        counted=history.counted,
        closed=closings(letter.closed, manifest.closed),
        replays=replays.named,
        counted_replays=replays.counted,
        dismissals=dismissals_of(letter.dismissals, manifest.dismissals),
    )


def _judge(lead: Manifest, other: Manifest) -> Manifest:
    """The manifest whose order holds: one that was told, with its prompt, over a ticket's, and any over none."""
    if lead.status == other.status and _weight(other.order) > _weight(lead.order):
        return other
    return lead


def _weight(order: Order | None) -> int:
    return 0 if order is None else 1 if order.prompt is None else 2


def _judged(assets: tuple[Asset, ...], judge: Manifest) -> tuple[Asset, ...]:
    """The assets, with the judge's findings where it kept the same bytes."""
    known = {asset.index: asset for asset in judge.kept}
    return tuple(
        structs.replace(asset, findings=known[asset.index].findings)
        if isinstance(asset, KeptAsset) and asset.index in known and known[asset.index].sha256 == asset.sha256
        else asset
        for asset in assets
    )


def _findings(judge: Manifest, old: Manifest, new: Manifest) -> tuple[Finding, ...]:
    """Of two runs over the same assets and orders, the one that kept more knows better what differs."""
    alike = old.status == new.status and _weight(old.order) == _weight(new.order)
    return new.findings if alike and len(new.kept) > len(old.kept) else judge.findings


def _better_assets(lead: Manifest, other: Manifest) -> tuple[Asset, ...]:
    """Each image once: kept over lost, the first kept over a later one.

    Other links for a task that was not whole, or a conflicting delivery that a person replays, tell of other
    images: none is dropped for another, they take the next free indexes.
    """
    if lead.status != "completed":
        return ()
    best = {image_of(asset): asset for asset in lead.assets}
    for asset in other.assets if other.status == "completed" else ():
        there = best.get(image_of(asset))
        if there is None:
            best[image_of(asset)] = _at_free_index(asset, {taken.index for taken in best.values()})
        elif isinstance(asset, KeptAsset) and isinstance(there, LostAsset):
            best[image_of(asset)] = structs.replace(asset, index=there.index, place=there.place)
    return tuple(sorted(best.values(), key=lambda asset: asset.index))


def _at_free_index(asset: Asset, taken: Collection[int]) -> Asset:
    if asset.index not in taken:
        return asset
    place, _ = image_of(asset)
    return structs.replace(asset, index=max(taken) + 1, place=place)
