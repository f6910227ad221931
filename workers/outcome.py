"""What a run came to: each image kept, lost, or put off with its trouble."""

from __future__ import annotations

from dataclasses import dataclass, field

from archive import layout
from archive.errors import TryLater
from archive.reasons import Reason
from archive.records.asset import KeptAsset, LostAsset
from archive.records.damage import Damage, DamagedForNow
from archive.records.notification import without_query
from archive.records.work import Work


@dataclass
class Outcome:
    """By the index of the image."""

    kept: dict[int, KeptAsset] = field(default_factory=dict)
    lost: dict[int, LostAsset] = field(default_factory=dict)
    put_off: dict[int, TryLater] = field(default_factory=dict)

    def missing(self, work: Work) -> list[int]:
        """The images of which nothing is said yet."""
        said = {*self.kept, *self.lost, *self.put_off}
        return [index for index in range(len(work.sources)) if index not in said]

    def give_up(self, work: Work, tries: int) -> None:
        """What was put off is lost: its link is dead."""
        for index, error in self.put_off.items():
            if isinstance(error, DamagedForNow):
                self.lost[index] = damaged(work, error.damage, tries)
            else:
                self.lost[index] = lost(work, index, Reason.LINK_EXPIRED, str(error), tries)
        self.put_off.clear()


def lost(work: Work, index: int, reason: Reason, detail: str, tries: int = 0) -> LostAsset:
    """An image of this work that is given up."""
    return LostAsset(
        index=index, reason=reason, detail=detail, tries=tries, source=without_query(work.sources[index])
    )


def damaged(work: Work, damage: Damage, tries: int = 0) -> LostAsset:
    """An image of which no sound bytes came; those that did are kept beside its dead letter."""
    return LostAsset(
        index=damage.index,
        reason=damage.reason,
        detail=damage.detail,
        tries=tries,
        source=without_query(work.sources[damage.index]),
        refused_key=refused_key(work, damage.index),
    )


def refused_key(work: Work, index: int) -> str:
    """Where the bytes stand that came for an image of this work and were no sound one."""
    return layout.refused_key(work.day, work.provider, work.task_id, index)
