"""Deliveries of a task that have dead letters of their own, beside the task's. Pure.

a conflict    other images than a whole task has. The first that was told may have been the forgery, so nothing of
              a conflict touches what was kept, and nothing of it is dropped
no room       one set of links more than a task has room for

A person who knows replays such a letter by its name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from archive.errors import FixativeError
from archive.reasons import Reason
from archive.records.asset import LostAsset
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Delivery, Replay
from archive.records.dismissal import Dismissal
from archive.records.manifest import Manifest
from archive.records.room import IMAGES_MOST, SETS_MOST
from archive.records.work import Work

APART = {
    Reason.CONFLICTING_DELIVERY: "the task is whole already and this delivery names other images",
    Reason.TOO_MANY_SOURCES: f"a task has room for {IMAGES_MOST} images of {SETS_MOST} sets of links, and this set is one more",
}  # fmt: skip


class ConflictingDelivery(FixativeError):
    """The task is whole, and what came names other images."""


class NoRoom(FixativeError):
    """The task is told of with more images than have room in its manifest, or in its dead letter."""


class MoreToWrite(FixativeError):
    """The task is not whole with this manifest, or a letter stands beside it: a run of an entry sees to that."""


class Apart(NamedTuple):
    """Work whose deliveries have letters of their own, what replays have tried of it and lost, and who closed it."""

    reason: Reason
    work: Work
    replays: tuple[Replay, ...] = ()
    lost: tuple[LostAsset, ...] = ()
    dismissals: tuple[Dismissal, ...] = ()

    def letters(self) -> Iterator[DeadLetter]:
        """One letter for each delivery that is named; those that are counted are so in the first of these."""
        work = self.work
        for place, heard in enumerate(work.heard):
            yield DeadLetter(
                reason=self.reason,
                at=heard.received_at,
                provider=work.provider,
                detail=APART[self.reason],
                task_id=work.task_id,
                label=work.order.label if work.order else None,
                model=heard.model,
                lost=self.lost,
                notifications=(heard,),
                counted=work.counted if place == 0 else None,
                closed=work.closes,
                delivery=Delivery(
                    id=heard.delivery_id, received_at=heard.received_at, provider=work.provider, body=b""
                ),
                replays=self.replays,
                dismissals=self.dismissals,
                work=work.afresh,
            )


def apart_of(reason: Reason, work: Work, lost: Collection[LostAsset]) -> Apart:
    """What a run came to whose work has no place in its task."""
    return Apart(reason, work, (work.replay,) if work.replay else (), tuple(lost))


def parted(letter: DeadLetter, manifest: Manifest) -> tuple[DeadLetter, list[Apart]]:
    """What of a task's letter is the story of its whole manifest, and what tells of other images."""
    images = {asset.source for asset in manifest.assets}
    # What a person closed is not opened by finding another place.
    closed = letter.dismissals if letter.dismissed is not None else ()
    conflicts: list[Apart] = []
    for work in letter.works:
        foreign = work.history.without(manifest.history)
        if not foreign.named or set(work.identity) <= images:
            continue
        other = work.told_by(foreign)
        lost = tuple(asset for asset in letter.lost if asset.source in work.identity)
        conflicts.append(Apart(Reason.CONFLICTING_DELIVERY, other, _replays_of(other, letter), lost, closed))
        letter = letter.without(foreign, origins=other.closes)
    return letter, conflicts


def _replays_of(work: Work, letter: DeadLetter) -> tuple[Replay, ...]:
    return tuple(replay for replay in letter.replays if replay.id in work.closes)
