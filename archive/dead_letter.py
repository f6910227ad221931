"""What was given up and why.

DeadLetter
├── of a task       work: what to do again; lost: each image with its reason
└── of a delivery   delivery: whole and raw; work: where it could be read (a conflicting one)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Literal

from msgspec import structs

from archive.asset import LostAsset, image_of
from archive.delivery import Delivery, Replay
from archive.reasons import Reason
from archive.record import Record
from archive.unknown import carried, joined
from archive.work import Heard, Work


class DeadLetter(Record, frozen=True, kw_only=True, omit_defaults=False):
    """What was given up and why; gone when a replay succeeds.

    `notifications` are those that no manifest tells of. `closed` are the origins that ended here. `others` is
    the work of deliveries with other links than `work`'s.
    """

    reason: Reason
    at: datetime
    provider: str
    schema: Literal[1] = 1
    detail: str = ""
    task_id: str | None = None
    label: str | None = None
    model: str | None = None
    lost: tuple[LostAsset, ...] = ()
    notifications: tuple[Heard, ...] = ()
    closed: tuple[str, ...] = ()
    replays: tuple[Replay, ...] = ()
    work: Work | None = None
    others: tuple[Work, ...] = ()
    delivery: Delivery | None = None

    @property
    def works(self) -> tuple[Work, ...]:
        """What to do again: one work for each set of sources that was told of."""
        return (*((self.work,) if self.work else ()), *self.others)

    def tells_of(self, heard: Iterable[Heard], origin: str) -> bool:
        """Whether this origin ended here and every one of these deliveries is in the history."""
        known = {told.delivery_id for told in self.notifications}
        return origin in self.closed and all(told.delivery_id in known for told in heard)

    def without(self, heard: Iterable[Heard], origin: str = "") -> DeadLetter:
        """This letter without the word of these deliveries, and without an origin among those that ended here."""
        gone = {told.delivery_id for told in heard}
        return structs.replace(
            self,
            notifications=tuple(told for told in self.notifications if told.delivery_id not in gone),
            closed=tuple(known for known in self.closed if known != origin),
        )

    def less(self, kept: Collection[tuple[int, str]], told: Collection[str]) -> DeadLetter:
        """This letter without images that are kept (`image_of`) and deliveries that are told of elsewhere."""
        return structs.replace(
            self,
            lost=tuple(asset for asset in self.lost if image_of(asset) not in kept),
            notifications=tuple(heard for heard in self.notifications if heard.delivery_id not in told),
        )

    def merged_into(self, older: DeadLetter) -> DeadLetter:
        """This letter with the story of an older one of the same task: nothing heard is forgotten.

        A later delivery with other links does not displace the earlier one's: either may be the forged one.
        """
        # This letter speaks of all its work's sources: one that it does not call lost is kept by now.
        spoken_of = {source for work in self.works for source in work.identity}
        lost = {image_of(asset): asset for asset in older.lost if asset.source not in spoken_of}
        lost |= {image_of(asset): asset for asset in self.lost}
        # The newest of each set of sources, in the order in which they were first told of.
        works: dict[tuple[str, ...], Work] = {}
        for work in (*older.works, *self.works):
            known = works.get(work.identity, work)
            heard = joined(known.heard, work.heard)
            works[work.identity] = structs.replace(carried(work, known), heard=heard)
        letter = structs.replace(
            self,
            label=self.label or older.label,
            model=self.model or older.model,
            lost=tuple(lost[place] for place in sorted(lost)),
            notifications=joined(older.notifications, self.notifications),
            closed=tuple(sorted({*older.closed, *self.closed})),
            replays=joined(older.replays, self.replays),
            work=next(iter(works.values()), None),
            others=tuple(works.values())[1:],
            delivery=self.delivery or older.delivery,
        )
        return carried(letter, older)
