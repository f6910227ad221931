"""Write manifests and dead letters so that twice, and twice at the same time, is harmless.

Both change only by compare-and-swap: written where nothing stands, else merged with what stands there and
written over that very object. After a dead letter the manifest is looked at again, and after a whole manifest
the dead letter: whichever of two workers comes second sees the other's word.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import TypeVar

from msgspec import structs

from archive import layout
from archive.reasons import Reason
from archive.records.asset import image_of
from archive.records.dead_letter import DeadLetter
from archive.records.history import History
from archive.records.manifest import Manifest, conflicts, has_room, merged, with_story_of
from archive.records.room import has_room_beside, sets_in
from archive.records.work import Heard, Work
from archive.store.bucket import Bucket
from archive.store.swap import change, find, swap
from runtime.logs.step import facts
from runtime.logs.subject import about
from workers.account import Account, Gone
from workers.apart import APART, Apart, ConflictingDelivery, MoreToWrite, NoRoom, parted

log = logging.getLogger(__name__)

Word = TypeVar("Word", Manifest, DeadLetter)


class Keep:
    """The one writer of manifests and dead letters."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def manifest(self, day: date, provider: str, task_id: str) -> Manifest | None:
        """The manifest of a task, if there is one that can be read."""
        return find(self._bucket, layout.manifest_key(day, provider, task_id), Manifest)

    def letter(self, day: date, provider: str, task_id: str) -> DeadLetter | None:
        """The dead letter of a task, if there is one that can be read."""
        return find(self._bucket, layout.dead_key(day, provider, task_id), DeadLetter)

    def letter_of_delivery(self, day: date, provider: str, delivery_id: str) -> DeadLetter | None:
        """The dead letter of a delivery, if there is one that can be read."""
        return find(self._bucket, layout.dead_delivery_key(day, provider, delivery_id), DeadLetter)

    def commit(
        self,
        day: date,
        manifest: Manifest,
        account: Account,
        *,
        claimed: bool = False,
        in_place: bool = False,
    ) -> Manifest:
        """Make a manifest the truth, merged with what stands there, and tell of it; a letter beside a whole one goes.

        A claimed run looks for letters of its deliveries too: whoever writes one has claimed before, and its entry
        stands until it has seen that no manifest tells of them, or until the first lease is over.

        Raises:
            ConflictingDelivery: if the task is whole and this manifest names other images.
            NoRoom: if the task has kept too many images of other links.
            MoreToWrite: of a run in place, after the manifest.
        """
        key = layout.manifest_key(day, manifest.provider, manifest.task_id)
        final = self._swap_manifest(key, manifest, account)
        letter = self.letter(day, manifest.provider, manifest.task_id) if final.whole else None
        if in_place and (letter is not None or not final.whole):
            raise MoreToWrite("a letter stands, or an image is lost")
        if letter is not None:
            final = self._take_over(day, key, final, letter, account)
        if claimed:
            final = self._take_over_apart(key, final, manifest.notifications, account)
        account.tell(key, final)
        return final

    def bury(self, day: date, letter: DeadLetter, account: Account, told_in: Manifest | None = None) -> bool:
        """Write the dead letter of a task; if the task turns out whole, its manifest takes the story over.

        What the manifest `told_in` tells of is not told again in the letter. Returns whether the letter stands.

        Raises:
            NoRoom: if nothing of its work is kept, and the letter tells of too many sets of links already.
        """
        assert letter.task_id is not None
        told = told_in.history if told_in else History[Heard]()

        def merge(older: DeadLetter) -> DeadLetter:
            # What a manifest calls lost must stand in the letter, and a manifest has no more than has room here.
            if told_in is None and letter.work is not None and not has_room_beside(older.works, letter.work):
                raise NoRoom(letter.task_id)
            both = letter.merged_into(older).without(told)
            # The same again, but for the time: leave what stands there.
            return older if structs.replace(both, at=older.at) == older else both

        dead = layout.dead_key(day, letter.provider, letter.task_id)
        final = self._swap(dead, letter.without(told), merge, account)
        account.tell_letter(dead, final)
        if final.at == letter.at:
            log.warning(
                "dead letter: provider=%s task=%s reason=%s detail=%s",
                letter.provider,
                letter.task_id,
                letter.reason,
                letter.detail,
                extra=facts("dead_letter", reason=letter.reason, detail=letter.detail),
            )
        manifest = self.manifest(day, letter.provider, letter.task_id)
        if manifest is not None:
            key = layout.manifest_key(day, letter.provider, letter.task_id)
            if manifest.whole:
                manifest = self._take_over(day, key, manifest, final, account)
            else:
                manifest = self._shorten(dead, final, key, manifest, letter.notifications, account)
            # Its writer may have been cut off before it was listed, and our entry may have been its entry.
            account.tell(key, manifest)
        return manifest is None or not manifest.whole

    def bury_delivery(self, letter: DeadLetter, account: Account) -> tuple[str, DeadLetter]:
        """Write the dead letter of a delivery that nobody could read, or that has no place in a task; as it stands."""
        assert letter.delivery is not None
        day = letter.delivery.received_at.date()
        key = layout.dead_delivery_key(day, letter.provider, letter.delivery.id)
        final = self._swap(key, letter, letter.merged_into, account)
        account.tell_letter(key, final)
        with about(provider=letter.provider, task=letter.task_id, delivery=letter.delivery.id):
            log.warning(
                "dead letter: delivery=%s provider=%s reason=%s detail=%s",
                letter.delivery.id,
                letter.provider,
                letter.reason,
                letter.detail,
                extra=facts("dead_letter", reason=letter.reason, detail=letter.detail),
            )
        return key, final

    def unbury_delivery(
        self, day: date, provider: str, delivery_id: str, account: Account, *, again: bool
    ) -> None:
        """Remove the letter of a delivery that is told of elsewhere by now. Raises NewerRecord; it stays then.

        `again`: somebody may have removed it before us, and been killed before its line.
        """
        key = layout.dead_delivery_key(day, provider, delivery_id)
        letter = find(self._bucket, key, DeadLetter)
        if letter is not None:
            self._remove(key, letter, account)
        elif again:
            account.tell_gone(key, Gone(provider, delivery_id=delivery_id))

    def bury_apart(self, apart: Apart, account: Account) -> None:
        """End work that has no place in its task: the word of each delivery is kept beside it.

        Then the second look, as after every letter: what the manifest tells of by now needs no letter, and what
        an earlier run of this very work left in the task's letter is told of here, or in a whole manifest.
        """
        letters = self._bury_each(apart, account)
        work = apart.work
        manifest = self.manifest(work.day, work.provider, work.task_id)
        if manifest is None or not manifest.whole:
            self._leave_to(letters, layout.dead_key(work.day, work.provider, work.task_id), account)
        if manifest is None:
            return
        key = layout.manifest_key(work.day, work.provider, work.task_id)
        # As this run has written them: another's look may have taken over what stood there before.
        manifest = self._take_over_each(key, manifest, letters, account)
        letter = self.letter(work.day, work.provider, work.task_id) if manifest.whole else None
        if letter is not None:
            manifest = self._take_over(work.day, key, manifest, letter, account)
        account.tell(key, manifest)

    def reason_apart(self, work: Work) -> Reason | None:
        """Why the deliveries of this work have letters of their own; None if they have none."""
        return next((letter.reason for _, letter in self._apart(work.provider, work.heard)), None)

    def _apart(self, provider: str, heard: Iterable[Heard]) -> Iterator[tuple[str, DeadLetter]]:
        """The letters that these deliveries have beside their task's, with their keys."""
        for told in heard:
            key = layout.dead_delivery_key(told.received_at.date(), provider, told.delivery_id)
            letter = find(self._bucket, key, DeadLetter)
            if letter is not None and letter.reason in APART:
                yield key, letter

    def _bury_each(self, apart: Apart, account: Account) -> list[tuple[str, DeadLetter]]:
        return [self.bury_delivery(letter, account) for letter in apart.letters()]

    def _shorten(
        self,
        dead: str,
        letter: DeadLetter,
        key: str,
        manifest: Manifest,
        heard: Iterable[Heard],
        account: Account,
    ) -> Manifest:
        """Let a letter not tell again of what its manifest tells of by now, or a letter beside it."""
        kept = {image_of(asset) for asset in manifest.kept}

        def shorter(there: DeadLetter) -> DeadLetter:
            return there.less(kept, manifest.history)

        if shorter(letter) != letter:
            self._change(dead, shorter, account)
        # With a single set of links there was room, and no letter beside this one.
        if len(letter.works) > 1 or sets_in(manifest.closed) > 1:
            manifest = self._take_over_apart(key, manifest, heard, account)
            self._leave_to(self._apart(manifest.provider, heard), dead, account)
        return manifest

    def _leave_to(self, letters: Iterable[tuple[str, DeadLetter]], dead: str, account: Account) -> None:
        """Let the task's letter not tell again of deliveries that have letters of their own; its works stay."""
        told = [letter.history for _, letter in letters]
        if told:
            self._change(dead, lambda there: there.without(told[0].with_(*told[1:])), account)

    def _change(self, dead: str, shorter: Callable[[DeadLetter], DeadLetter], account: Account) -> None:
        """Change a letter where it stands."""
        letter = change(self._bucket, dead, DeadLetter, shorter)
        if letter is not None:
            account.tell_letter(dead, letter)

    def _remove(self, dead: str, letter: DeadLetter, account: Account) -> None:
        """Remove a letter that is told of elsewhere."""
        self._bucket.delete(dead)
        account.tell_letter(dead, letter, gone=True)

    def _swap_manifest(self, key: str, manifest: Manifest, account: Account) -> Manifest:
        def merge(old: Manifest) -> Manifest:
            if conflicts(old, manifest):
                raise ConflictingDelivery(manifest.task_id)
            final = merged(old, manifest)
            if manifest.status == "completed" and not has_room(old, final):
                raise NoRoom(manifest.task_id)
            # The same again, but for the time: leave what stands there.
            return old if structs.replace(final, changed_at=old.changed_at) == old else final

        return self._swap(key, manifest, merge, account)

    def _swap_in_story(self, key: str, manifest: Manifest, letter: DeadLetter, account: Account) -> Manifest:
        """The manifest that stands there by now, with a letter's story."""

        def merge(old: Manifest) -> Manifest:
            final = merged(old, with_story_of(old, letter))
            return old if structs.replace(final, changed_at=old.changed_at) == old else final

        return self._swap(key, with_story_of(manifest, letter), merge, account)

    def _swap(self, key: str, word: Word, merge: Callable[[Word], Word], account: Account) -> Word:
        return swap(self._bucket, key, word, merge, aside=account.tell_letter)

    def _take_over(
        self, day: date, key: str, manifest: Manifest, letter: DeadLetter, account: Account
    ) -> Manifest:
        """Move a letter's story into a whole manifest, then remove the letter and the bytes it refused.

        What the letter tells of other images than the manifest's is not the manifest's story: it is a conflict.
        """
        own, foreign = parted(letter, manifest)
        others = [each for apart in foreign for each in self._bury_each(apart, account)]
        final = self._take_over_each(key, self._swap_in_story(key, manifest, own, account), others, account)
        final = self._take_over_apart(key, final, own.notifications, account)
        for asset in own.lost:
            if asset.refused_key is not None:
                self._bucket.delete(asset.refused_key)
        dead = layout.dead_key(day, manifest.provider, manifest.task_id)
        if others:
            # Nothing else leads to the deliveries whose letters were just written: it stays until they are told of.
            account.tell_letter(dead, letter, gone=True)
            account.free(dead)
        else:
            self._remove(dead, letter, account)
        return final

    def _take_over_apart(
        self, key: str, manifest: Manifest, heard: Iterable[Heard], account: Account
    ) -> Manifest:
        """Take over the letters of deliveries that a manifest tells of by now: by a replay, or by a twin's run."""
        told = (each for each in heard if manifest.history.tells_of(each.delivery_id))
        return self._take_over_each(key, manifest, self._apart(manifest.provider, told), account)

    def _take_over_each(
        self, key: str, manifest: Manifest, letters: Iterable[tuple[str, DeadLetter]], account: Account
    ) -> Manifest:
        for dead, apart in letters:
            if any(manifest.history.tells_of(told.delivery_id) for told in apart.notifications):
                manifest = self._swap_in_story(key, manifest, apart, account)
                self._remove(dead, apart, account)
        return manifest
