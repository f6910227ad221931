"""Flaws that may be planted in who works when: door, settle, claims, sweep, replay. Only tests know them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from msgspec import structs

from archive import layout
from archive.errors import MalformedRecord, Taken, TryLater
from archive.library.dead_letters import Dead
from archive.records.delivery import Delivery, Replay
from archive.records.work import Work
from archive.store.listing import Listed
from tests.model.bells import ModelBucket
from tests.model.console import Console
from tests.model.door import Door
from tests.model.story import Batch
from tests.model.sweep import ModelSweep
from workers.account import Account
from workers.archive_task import ArchiveTask
from workers.leases import Leases
from workers.settle import Settle


class AnswerBeforeCommit(Door):
    """Answers 202 first; what is refused then never comes again."""

    def accept(self, batch: Batch) -> None:
        self._ledger.accepted |= {told.id for told in batch.told}
        self._refused = lambda _: None
        super().accept(batch)


class InboxFirst(Settle):
    """Removes the batch before its lines are placed."""

    def settle(self, inbox_key: str, carried: bytes | None = None) -> None:
        batch = carried if carried is not None else self._bucket.get(inbox_key).body
        self._bucket.delete(inbox_key)
        super().settle(inbox_key, batch)


class DropOnTrouble(Settle):
    """Takes a line for placed although S3 refused it."""

    def _place(self, *reads: Any) -> None:
        try:
            super()._place(*reads)
        except TryLater:
            return


class PoisonHoldsUp(Settle):
    """Has no guard around a line."""

    def _read(self, line: bytes, *more: Any) -> None:
        try:
            Delivery.from_json(line)
        except MalformedRecord as error:
            raise TryLater(error.reason) from error
        super()._read(line, *more)


class DueByArrival(Settle):
    """Makes work due by the time at which the batch is settled, so that settling twice writes two keys."""

    def _time_of(self, inbox_key: str) -> datetime:
        del inbox_key
        return self._bucket.now()


class NoClaim(Leases):
    """Lets everybody run who is rung."""

    def take(self, key: str, work: Work) -> tuple[str, Work] | None:
        return key, work


class OldEntryFirst(Leases):
    """Removes the old entry before the claimed one stands."""

    def _claim(self, key: str, work: Work, now: datetime) -> tuple[str, Work] | None:
        self._bucket.delete(key)
        return super()._claim(key, work, now)


class PutOffOldFirst(Leases):
    """Removes the old entry before the later one stands."""

    def put_off(self, key: str, work: Work, when: datetime) -> None:
        self._bucket.delete(key)
        super().put_off(key, work, when)


class OneTry(ArchiveTask):
    """Gives up at the first trouble that passes."""

    def _put_off(self, key: str, work: Work, outcome: Any, account: Account, *more: TryLater) -> None:
        outcome = outcome.given_up(work, work.tries + 1)
        if more:
            super()._put_off(key, work, outcome, account, *more)
        else:
            self._end(key, work, outcome, account)


class NoSweep(ModelSweep):
    """Never looks into the bucket."""

    def tick(self) -> int:
        return 0


class SweepStopsAtRubbish(ModelSweep):
    """Looks no further than an entry that cannot be read."""

    def _entries(self, entries: Iterable[Listed], now: datetime) -> Iterator[str]:
        for entry in entries:
            try:
                if layout.read_due_key(entry.key).when > now:
                    return
            except ValueError:
                return
            yield entry.key


class InboxUnswept(ModelSweep):
    """Forgets the batches whose bell was lost."""

    def _batches(self, batches: Iterable[Listed], now: datetime) -> Iterator[str]:
        del batches, now
        return iter(())


class HostClock(ModelBucket):
    """Goes by the clock of its host, of which every second one is seven hours ahead."""

    made = 0

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        HostClock.made += 1
        self._ahead = timedelta(hours=7 * (HostClock.made % 2))

    def now(self) -> datetime:
        return super().now() + self._ahead


class ReplayUnderOldOrigin(Console):
    """Makes work due again under the origin that has ended."""

    def _make_due(self, dead: Dead, told: Replay, when: datetime) -> None:
        for work in dead.letter.works:
            again = structs.replace(work, replay=told, leased=False)
            key = layout.due_key(when, work.provider, work.task_id, work.origin, work.short)
            with suppress(Taken):
                self._bucket.put_new(key, again.to_json())
