"""Flaws that may be planted in runs in place: before, while and after a young batch is worked. Only tests know them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from archive.errors import TryLater
from archive.records.asset import KeptAsset, LostAsset
from archive.records.manifest import Manifest
from archive.records.work import Work
from tests.model.fetcher import OriginFetcher
from tests.model.in_place import ModelInPlace
from workers.account import Account
from workers.apart import MoreToWrite
from workers.keep import Keep
from workers.outcome import lost
from workers.placing import Placing, Said
from workers.settle import Settle
from workers.settling.young_batch import BatchLease
from workers.turn import Turn


class InboxBeforeManifest(ModelInPlace):
    """Removes the batch before it is worked."""

    def work(self, inbox_key: str, works: Mapping[Said, Work], account: Account) -> frozenset[Said]:
        self._bucket.delete(inbox_key)
        return super().work(inbox_key, works, account)


class InboxBeforeRoad(Settle):
    """Removes the batch before what did not end in place has its entry."""

    def _end_in_place(self, inbox_key: str, young: Iterable[Said], batch: Placing) -> frozenset[Said]:
        ended = super()._end_in_place(inbox_key, young, batch)
        self._bucket.delete(inbox_key)
        return ended


class LeftForgotten(ModelInPlace):
    """Takes whatever it has tried for ended."""

    def work(self, inbox_key: str, works: Mapping[Said, Work], account: Account) -> frozenset[Said]:
        super().work(inbox_key, works, account)
        return frozenset(works)


class _Forever(BatchLease):
    def may_begin(self, inbox_key: str, now: datetime) -> bool:
        del inbox_key, now
        return True


class HoweverOld(ModelInPlace):
    """Works every batch in place: one that a relay brings late, one that somebody has settled before."""

    def __init__(self, *parts: Any, lease: BatchLease, **more: Any) -> None:
        super().__init__(*parts, lease=_Forever(lease.grace), **more)


class HoweverLate(ModelInPlace):
    """Writes what it has fetched, however old the batch is by then."""

    def _ended(self, work: Work, kept: Mapping[int, KeptAsset], until: datetime, account: Account) -> bool:
        return super()._ended(work, kept, until + timedelta(days=9), account)


class GivesUp(ModelInPlace):
    """Ends with what no try will bring, as a run of an entry does."""

    def _fetched(self, turns: Mapping[Said, Turn]) -> Iterator[tuple[Said, Mapping[int, KeptAsset]]]:
        self._turns_of = {turn.work.origin: turn for turn in turns.values()}
        return super()._fetched(turns)

    def _ended(self, work: Work, kept: Mapping[int, KeptAsset], until: datetime, account: Account) -> bool:
        missing = [index for index in range(len(work.sources)) if index not in kept]
        given_up: dict[int, LostAsset] = {}
        for index in missing:
            try:
                self._fetcher.fetch_once(self._turns_of[work.origin], index)
            except TryLater as error:
                given_up[index] = lost(work, index, error.reason, error.detail, 1)
        if given_up:
            self._close.close(work, kept, given_up, account)
            return True
        return super()._ended(work, kept, until, account)


class RefusedKept(OriginFetcher):
    """Keeps bytes that are no sound image in dead/, in place too: nobody removes them."""

    def _once(self, turn: Turn, index: int, tries: int, *, refused: bool = True) -> KeptAsset:
        del refused
        return super()._once(turn, index, tries)


class LetterUnseen(Keep):
    """Takes a task that is whole for ended, and leaves the letter beside it."""

    def commit(
        self,
        day: date,
        manifest: Manifest,
        account: Account,
        *,
        claimed: bool = False,
        in_place: bool = False,
    ) -> Manifest:
        try:
            return super().commit(day, manifest, account, claimed=claimed, in_place=in_place)
        except MoreToWrite:
            final = self.manifest(day, manifest.provider, manifest.task_id)
            if final is None or not final.whole:
                raise
            return final
