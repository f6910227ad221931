"""What was given up and why.

DeadLetter
├── of a task       work: what to do again; lost: each image with its reason
└── of a delivery   delivery: whole and raw; work: where it could be read (a conflicting one)
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from archive.asset import LostAsset
from archive.delivery import Delivery, Replay
from archive.reasons import Reason
from archive.record import Record
from archive.work import Heard, Work


class DeadLetter(Record, frozen=True, kw_only=True, omit_defaults=False):
    """What was given up and why; gone when a replay succeeds.

    `notifications` are those that no manifest tells of. `closed` are the origins that ended here.
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
    delivery: Delivery | None = None

    def merged_into(self, older: DeadLetter) -> DeadLetter:
        """This letter with the story of an older one of the same task: nothing heard is forgotten."""
        # This letter speaks of all its work's images: one that it does not call lost is kept by now.
        spoken_of = len(self.work.sources) if self.work else 0
        lost = {asset.index: asset for asset in older.lost if asset.index >= spoken_of}
        lost |= {asset.index: asset for asset in self.lost}
        heard = {told.delivery_id: told for told in (*older.notifications, *self.notifications)}
        replays = {replay.id: replay for replay in (*older.replays, *self.replays)}
        return DeadLetter(
            reason=self.reason,
            at=self.at,
            provider=self.provider,
            detail=self.detail,
            task_id=self.task_id,
            label=self.label or older.label,
            model=self.model or older.model,
            lost=tuple(lost[index] for index in sorted(lost)),
            notifications=tuple(heard[key] for key in sorted(heard)),
            closed=tuple(sorted({*older.closed, *self.closed})),
            replays=tuple(replays[key] for key in sorted(replays)),
            work=self.work or older.work,
            delivery=self.delivery or older.delivery,
        )
