"""What was given up and why.

DeadLetter
├── of a task       work: what to do again; lost: each image with its reason
└── of a delivery   delivery: whole and raw; work: where it could be read (a conflicting one)
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Annotated, Literal

from msgspec import structs

from archive.reasons import Reason
from archive.records.asset import Detail, LostAsset, image_of
from archive.records.bounds import Most
from archive.records.delivery import Delivery, Replay
from archive.records.dismissal import DISMISSALS_MOST, Dismissal, dismissals_of
from archive.records.history import NAMED_MOST, Counted, History
from archive.records.ids import Origin, ProviderName, TaskId
from archive.records.notification import Model
from archive.records.order import Label
from archive.records.record import Record
from archive.records.room import LETTER_IMAGES_MOST, LETTER_SETS_MOST, ORIGINS_MOST, closings
from archive.records.unknown import carried
from archive.records.work import Heard, Work


class DeadLetter(Record, frozen=True, kw_only=True, omit_defaults=False):
    """What was given up and why; gone when a replay succeeds.

    `notifications` are those that no manifest tells of, the first and the last; `counted` are those between.
    `replays` and `counted_replays` are so too. `closed` are the origins that ended here. `others` is
    the work of deliveries with other links than `work`'s. `dismissals` are those of people who closed it.
    """

    reason: Reason
    at: datetime
    provider: ProviderName
    schema: Literal[1] = 1
    detail: Detail = ""
    task_id: TaskId | None = None
    label: Label | None = None
    model: Model | None = None
    lost: Annotated[tuple[LostAsset, ...], Most(LETTER_IMAGES_MOST)] = ()
    notifications: Annotated[tuple[Heard, ...], Most(NAMED_MOST)] = ()
    counted: Counted | None = None
    closed: Annotated[tuple[Origin, ...], Most(ORIGINS_MOST)] = ()
    replays: Annotated[tuple[Replay, ...], Most(NAMED_MOST)] = ()
    counted_replays: Counted | None = None
    work: Work | None = None
    others: Annotated[tuple[Work, ...], Most(LETTER_SETS_MOST - 1)] = ()
    delivery: Delivery | None = None
    dismissals: Annotated[tuple[Dismissal, ...], Most(DISMISSALS_MOST)] = ()

    @property
    def moment(self) -> datetime:
        """When it was given up; a moment without a zone, which somebody else wrote, is UTC."""
        return self.at if self.at.tzinfo else self.at.replace(tzinfo=UTC)

    @property
    def changed_at(self) -> datetime:
        """When it was given up or replayed last."""
        return max((self.moment, *(replay.at for replay in self.replays)))

    @property
    def last_at(self) -> datetime:
        """The latest moment that it tells: of its giving up, its replays and its dismissals."""
        return max((self.changed_at, *(said.at for said in self.dismissals)))

    @property
    def dismissed(self) -> Dismissal | None:
        """Who closed it, unless something came after that: it was given up anew, or replayed in vain."""
        last = next(reversed(self.dismissals), None)
        return last if last is not None and last.at >= self.changed_at else None

    @property
    def works(self) -> tuple[Work, ...]:
        """What to do again: one work for each set of sources that was told of."""
        return (*((self.work,) if self.work else ()), *self.others)

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

    def without(self, history: History[Heard], origins: Collection[str] = ()) -> DeadLetter:
        """This letter without the word of these deliveries, and without these origins, replays among them."""
        left = self.history.without(history)
        return structs.replace(
            self,
            notifications=left.named,
            counted=left.counted,
            closed=tuple(known for known in self.closed if known not in origins),
            replays=tuple(replay for replay in self.replays if replay.id not in origins),
        )

    def less(self, kept: Collection[tuple[int, str]], told: History[Heard]) -> DeadLetter:
        """This letter without images that are kept (`image_of`) and deliveries that are told of elsewhere."""
        lost = tuple(asset for asset in self.lost if image_of(asset) not in kept)
        return structs.replace(self.without(told), lost=lost)

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
            works[work.identity] = carried(work, known).told_by(known.history.with_(work.history))
        history = older.history.with_(self.history)
        replays = older.replay_history.with_(self.replay_history)
        letter = structs.replace(
            self,
            # The later: a run may have slept between its verdict and its letter, when others wrote of more.
            at=max(self.at, older.at),
            label=self.label or older.label,
            model=self.model or older.model,
            lost=tuple(lost[place] for place in sorted(lost)),
            notifications=history.named,
            counted=history.counted,
            closed=closings(older.closed, self.closed),
            replays=replays.named,
            counted_replays=replays.counted,
            work=next(iter(works.values()), None),
            others=tuple(works.values())[1:],
            delivery=self.delivery or older.delivery,
            dismissals=dismissals_of(older.dismissals, self.dismissals),
        )
        return carried(letter, older)
