"""Write manifests and dead letters so that twice, and twice at once, is harmless.

Both change only by compare-and-swap: written where nothing stands, else merged with what stands there and
written over that very object. After a dead letter the manifest is looked at again, and after a whole manifest
the dead letter: whichever of two workers comes second sees the other's word.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import date
from typing import TypeVar

from msgspec import structs

from archive import layout
from archive.asset import LostAsset, image_of
from archive.bounds import bounded
from archive.bucket import Bucket
from archive.catalogue import line_of
from archive.dead_letter import DeadLetter
from archive.delivery import Delivery
from archive.errors import BucketUnavailable, FixativeError, MalformedRecord, Missing, Taken
from archive.history import History
from archive.journal import Journal
from archive.manifest import Manifest, conflicts, has_room, merged, with_story_of
from archive.reasons import Reason
from archive.record_at import naming, record_at
from archive.room import IMAGES_MOST, SETS_MOST, without_room
from archive.work import Heard, Work

log = logging.getLogger(__name__)

Word = TypeVar("Word", Manifest, DeadLetter)

# Each lost swap means that another worker's swap held; this many in a row does not happen.
SWAP_TRIES = 20
# The catalogue's group commit waits for at most one write before ours and our own.
CATALOGUE_S = 30.0


CONFLICT = "the task is whole already and this delivery names other images"
NO_ROOM = f"a task has room for {IMAGES_MOST} images of {SETS_MOST} sets of links, and this set is one more"


class ConflictingDelivery(FixativeError):
    """The task is whole, and what came names other images."""


class NoRoom(FixativeError):
    """The task is told of with more images than have room in its manifest."""


class Keep:
    """The one writer of manifests and dead letters."""

    def __init__(self, bucket: Bucket, catalogue: Journal[str]) -> None:
        self._bucket, self._catalogue = bucket, catalogue

    def day_of(self, provider: str, task_id: str, heard_on: date) -> date:
        """The day a task is filed under: by its id, else as its first delivery fixed it."""
        day = layout.day_in(task_id)
        if day is not None:
            return day
        key = layout.index_key(provider, task_id)
        try:
            self._bucket.put_new(key, heard_on.isoformat().encode(), content_type="text/plain")
        except Taken:
            return date.fromisoformat(self._bucket.get(key).body.decode())
        return heard_on

    def manifest(self, day: date, provider: str, task_id: str) -> Manifest | None:
        """The manifest of a task, if there is one."""
        return record_at(self._bucket, layout.manifest_key(day, provider, task_id), Manifest)

    def letter(self, day: date, provider: str, task_id: str) -> DeadLetter | None:
        """The dead letter of a task, if there is one."""
        return record_at(self._bucket, layout.dead_key(day, provider, task_id), DeadLetter)

    def commit(self, day: date, manifest: Manifest) -> Manifest:
        """Make a manifest the truth, merged with what stands there, and list it; a letter beside a whole one goes.

        Raises:
            ConflictingDelivery: if the task is whole and this manifest names other images.
            NoRoom: if the task has kept too many images of other links.
        """
        key = layout.manifest_key(day, manifest.provider, manifest.task_id)
        final = self._swap_manifest(key, manifest)
        if final.whole:
            letter = self.letter(day, manifest.provider, manifest.task_id)
            if letter is not None:
                final = self._take_over(day, key, final, letter)
        self._list(key, final)
        return final

    def bury(self, day: date, letter: DeadLetter, told_in: Manifest | None = None) -> None:
        """Write the dead letter of a task; if the task turns out whole, its manifest takes the story over.

        What the manifest `told_in` tells of is not told again in the letter.
        """
        assert letter.task_id is not None
        told = told_in.history if told_in else History[Heard]()

        def merge(older: DeadLetter) -> DeadLetter:
            both = letter.merged_into(older).without(told)
            for work in without_room(both.works, told_in.closed if told_in else ()):
                self.bury_apart(work, [asset for asset in both.lost if asset.identity in work.images])
                both = both.without_work(work)
            return both

        key = layout.dead_key(day, letter.provider, letter.task_id)
        final = self._swap(key, letter.without(told), merge)
        log.warning(
            "dead letter: provider=%s task=%s reason=%s detail=%s",
            letter.provider,
            letter.task_id,
            letter.reason,
            letter.detail,
        )
        manifest = self.manifest(day, letter.provider, letter.task_id)
        if manifest is None:
            return
        key = layout.manifest_key(day, letter.provider, letter.task_id)
        if manifest.whole:
            manifest = self._take_over(day, key, manifest, final)
        elif _short(final, manifest) != final:
            self._shorten(day, manifest)
        # Its writer may have been cut off before it was listed, and our entry may have been its entry.
        self._list(key, manifest)

    def bury_delivery(self, letter: DeadLetter) -> None:
        """Write the dead letter of a delivery that nobody could read, or that belongs to no task."""
        assert letter.delivery is not None
        day = letter.delivery.received_at.date()
        self._swap_letter(layout.dead_delivery_key(day, letter.provider, letter.delivery.id), letter)
        log.warning(
            "dead letter: delivery=%s provider=%s reason=%s detail=%s",
            letter.delivery.id,
            letter.provider,
            letter.reason,
            letter.detail,
        )

    def unbury_delivery(self, day: date, provider: str, delivery_id: str) -> None:
        """Remove the letter of a delivery that is told of elsewhere by now. Raises NewerRecord; it stays then."""
        key = layout.dead_delivery_key(day, provider, delivery_id)
        try:
            letter = record_at(self._bucket, key, DeadLetter)
        except MalformedRecord as error:
            log.warning("left as it is: %s", error)
            return
        if letter is not None:
            self._bucket.delete(key)

    def _list(self, key: str, manifest: Manifest) -> None:
        """Write the catalogue line of a manifest; the same line twice is as good as once."""
        try:
            self._catalogue.append(line_of(manifest, key).to_json()).result(CATALOGUE_S)
        except TimeoutError as error:
            raise BucketUnavailable(f"{key}: its catalogue line is not written yet") from error

    def _swap_manifest(self, key: str, manifest: Manifest) -> Manifest:
        def merge(old: Manifest) -> Manifest:
            if conflicts(old, manifest):
                raise ConflictingDelivery(manifest.task_id)
            final = merged(old, manifest)
            if manifest.status == "completed" and not has_room(old, final):
                raise NoRoom(manifest.task_id)
            # The same again, but for the time: leave what stands there.
            return old if structs.replace(final, changed_at=old.changed_at) == old else final

        return self._swap(key, manifest, merge)

    def _swap_letter(self, key: str, letter: DeadLetter) -> DeadLetter:
        return self._swap(key, letter, letter.merged_into)

    def _swap(self, key: str, word: Word, merge: Callable[[Word], Word]) -> Word:
        """Write a word where nothing stands, else over what stands there, merged with it. Raises NewerRecord."""
        word = bounded(word)
        for _ in range(SWAP_TRIES):
            try:
                self._bucket.put_new(key, word.to_pretty_json())
            except Taken:
                pass
            else:
                return word
            try:
                stored = self._bucket.get(key)
                with naming(key):
                    there = type(word).from_json(stored.body)
                final = bounded(merge(there))
                if final != there:
                    self._bucket.put_over(key, final.to_pretty_json(), etag=stored.etag)
            except (Missing, Taken):
                continue
            return final
        raise BucketUnavailable(f"{key}: no end of conflicting writes")

    def _shorten(self, day: date, manifest: Manifest) -> None:
        """Take out of a task's letter what its manifest, which is not whole, keeps or tells of."""
        key = layout.dead_key(day, manifest.provider, manifest.task_id)
        self._change_letter(key, lambda letter: _short(letter, manifest))

    def _change_letter(self, key: str, change: Callable[[DeadLetter], DeadLetter]) -> None:
        """Write a letter over what it was; where none stands, nothing."""
        for _ in range(SWAP_TRIES):
            try:
                stored = self._bucket.get(key)
                with naming(key):
                    there = DeadLetter.from_json(stored.body)
                changed = bounded(change(there))
                if changed != there:
                    self._bucket.put_over(key, changed.to_pretty_json(), etag=stored.etag)
            except Missing:
                return
            except Taken:
                continue
            return
        raise BucketUnavailable(f"{key}: no end of conflicting writes")

    def evict(self, work: Work, lost: Collection[LostAsset] = ()) -> None:
        """Give the deliveries of work that has no room in its task letters of their own, and take it out of the task's."""
        self.bury_apart(work, lost)
        key = layout.dead_key(work.day, work.provider, work.task_id)
        self._change_letter(key, lambda letter: letter.without_work(work))

    def bury_apart(self, work: Work, lost: Collection[LostAsset] = ()) -> None:
        """One letter a delivery, of work that has no room in its task."""
        self.bury_conflict(work, Reason.TOO_MANY_SOURCES, NO_ROOM, lost)

    def bury_conflict(
        self,
        work: Work,
        reason: Reason = Reason.CONFLICTING_DELIVERY,
        detail: str = CONFLICT,
        lost: Collection[LostAsset] = (),
    ) -> None:
        """One letter a delivery: the word of each is kept, and none touches the task.

        Those that are counted are so in the first of these letters.
        """
        for place, heard in enumerate(work.heard):
            told = Delivery(
                id=heard.delivery_id, received_at=heard.received_at, provider=work.provider, body=b""
            )
            self.bury_delivery(
                DeadLetter(
                    reason=reason,
                    at=heard.received_at,
                    provider=work.provider,
                    detail=detail,
                    task_id=work.task_id,
                    label=work.order.label if work.order else None,
                    model=heard.model,
                    lost=tuple(lost),
                    notifications=(heard,),
                    counted=work.counted if place == 0 else None,
                    closed=(work.origin,),
                    delivery=told,
                    replays=(work.replay,) if work.replay else (),
                    work=work.afresh,
                )
            )

    def _take_over(self, day: date, key: str, manifest: Manifest, letter: DeadLetter) -> Manifest:
        """Move a letter's story into a whole manifest, then remove the letter and the bytes it refused.

        What the letter tells of other images than the manifest's is not the manifest's story: it is a conflict.
        """
        images = {asset.source for asset in manifest.assets}
        for work in letter.works:
            foreign = work.history.without(manifest.history)
            if foreign.named and not set(work.identity) <= images:
                self.bury_conflict(work.told_by(foreign))
                letter = letter.without(foreign, origin=work.origin)
        final = self._swap_manifest(key, with_story_of(manifest, letter))
        for asset in letter.lost:
            if asset.refused_key is not None:
                self._bucket.delete(asset.refused_key)
        self._bucket.delete(layout.dead_key(day, manifest.provider, manifest.task_id))
        return final


def _short(letter: DeadLetter, manifest: Manifest) -> DeadLetter:
    """A letter without what a manifest keeps and tells of."""
    return letter.less({image_of(asset) for asset in manifest.kept}, manifest.history)
