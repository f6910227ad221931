"""What a run came to: each image kept, lost, or put off with its trouble."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Self

from archive import layout
from archive.errors import TryLater
from archive.reasons import Reason
from archive.records.asset import KeptAsset, LostAsset, image_of
from archive.records.damage import Damage, DamagedForNow
from archive.records.notification import without_query
from archive.records.work import Work

# What came of one image.
Result = KeptAsset | LostAsset | TryLater


@dataclass(frozen=True)
class Outcome:
    """By the index of the image; nothing of it is ever changed, each step of a run makes the next one."""

    kept: Mapping[int, KeptAsset] = field(default_factory=dict)
    lost: Mapping[int, LostAsset] = field(default_factory=dict)
    put_off: Mapping[int, TryLater] = field(default_factory=dict)

    @classmethod
    def before(cls, work: Work) -> Self:
        """What earlier runs have left: the images that this work says are kept or lost."""
        return cls(
            {image_of(asset)[0]: asset for asset in work.kept},
            {image_of(asset)[0]: asset for asset in work.lost},
        )

    def missing(self, work: Work) -> list[int]:
        """The images of which nothing is said yet."""
        said = {*self.kept, *self.lost, *self.put_off}
        return [index for index in range(len(work.sources)) if index not in said]

    def without(self, indexes: Collection[int]) -> Outcome:
        """The same with nothing said of these images."""
        return Outcome(
            {index: asset for index, asset in self.kept.items() if index not in indexes},
            {index: asset for index, asset in self.lost.items() if index not in indexes},
            {index: error for index, error in self.put_off.items() if index not in indexes},
        )

    def with_results(self, results: Mapping[int, Result]) -> Outcome:
        """The same with what came of these images, whatever was said of them before."""
        rest = self.without(results.keys())
        return Outcome(
            {**rest.kept, **{i: each for i, each in results.items() if isinstance(each, KeptAsset)}},
            {**rest.lost, **{i: each for i, each in results.items() if isinstance(each, LostAsset)}},
            {**rest.put_off, **{i: each for i, each in results.items() if isinstance(each, TryLater)}},
        )

    def given_up(self, work: Work, tries: int) -> Outcome:
        """The same with what was put off lost: its link is dead."""
        return self.with_results(
            {index: _lost_of(work, index, error, tries) for index, error in self.put_off.items()}
        )


def _lost_of(work: Work, index: int, error: TryLater, tries: int) -> LostAsset:
    if isinstance(error, DamagedForNow):
        return damaged(work, error.damage, tries)
    return lost(work, index, Reason.LINK_EXPIRED, str(error), tries)


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
