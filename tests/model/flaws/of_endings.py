"""Flaws that may be planted in how work is given up, and in what two endings owe one another. Only tests know them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import structs

from archive import layout
from archive.records.asset import KeptAsset, LostAsset
from archive.records.dead_letter import DeadLetter
from archive.records.manifest import Manifest, merged
from archive.records.work import Work
from workers.account import Account
from workers.apart import Apart
from workers.close_task import CloseTask
from workers.keep import Keep
from workers.leases import Leases


class NotLookedAtAgain(Leases):
    """Removes the entry of what was given up, whoever else may run under the first lease."""

    def finish(self, key: str, work: Work, account: Account, *, given_up: bool) -> None:
        del given_up
        super().finish(key, work, account, given_up=False)


class ConflictHidesLetter(Keep):
    """Ends a conflict without a look at the task's own letter."""

    def bury_apart(self, apart: Apart, account: Account) -> None:
        work = apart.work
        letters = self._bury_each(apart, account)
        manifest = self.manifest(work.day, work.provider, work.task_id)
        assert manifest is not None
        key = layout.manifest_key(work.day, work.provider, work.task_id)
        account.tell(key, self._take_over_each(key, manifest, letters, account))


class ConflictByOldView(Keep):
    """Does not read the manifest again after the letter of a conflict."""

    def _take_over_each(
        self, key: str, manifest: Manifest, letters: Iterable[tuple[str, DeadLetter]], account: Account
    ) -> Manifest:
        del key, letters, account
        return manifest


class ConflictStoryForgotten(Keep):
    """Removes the letter of a conflict that a replay has ended, without its story."""

    def _take_over_each(
        self, key: str, manifest: Manifest, letters: Iterable[tuple[str, DeadLetter]], account: Account
    ) -> Manifest:
        del key
        for dead, apart in letters:
            if apart.delivery and manifest.history.tells_of(apart.delivery.id):
                self._remove(dead, apart, account)
        return manifest


class WholeNoMore(Keep):
    """Lets a replay of a conflict make a task that is whole lose images."""

    def _swap_manifest(self, key: str, manifest: Manifest, account: Account) -> Manifest:
        if not manifest.replays:
            return super()._swap_manifest(key, manifest, account)
        return self._swap(key, manifest, lambda old: merged(old, manifest), account)


class ReplayClosesItselfAlone(CloseTask):
    """Closes the replay's id, and not the origins of the deliveries that it tells of."""

    def _manifest(self, work: Work, kept: Mapping[int, KeptAsset], lost: Mapping[int, LostAsset]) -> Manifest:
        return structs.replace(super()._manifest(work, kept, lost), closed=(work.origin,))


class ConflictClosesNothing(Keep):
    """The same where the letter of a conflict goes: the origin that ended in it is forgotten."""

    def _swap_in_story(self, key: str, manifest: Manifest, letter: DeadLetter, account: Account) -> Manifest:
        closed = () if letter.delivery is not None else letter.closed
        return super()._swap_in_story(key, manifest, structs.replace(letter, closed=closed), account)


class ClaimedUnseen(Keep):
    """Does not look for letters apart, where a claimed run's manifest tells of their deliveries."""

    def commit(
        self,
        day: date,
        manifest: Manifest,
        account: Account,
        *,
        claimed: bool = False,
        in_place: bool = False,
    ) -> Manifest:
        claimed = claimed and bool(manifest.replays)
        return super().commit(day, manifest, account, claimed=claimed, in_place=in_place)
