"""Write manifests and dead letters so that twice, and twice at once, is harmless.

Both change only by compare-and-swap: written where nothing stands, else merged with what stands there and
written over that very object. After a dead letter the manifest is looked at again, and after a whole manifest
the dead letter: whichever of two workers comes second sees the other's word.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from msgspec import structs

from archive import layout
from archive.bucket import Bucket
from archive.catalogue import line_of
from archive.dead_letter import DeadLetter
from archive.errors import BucketUnavailable, FixativeError, Missing, Taken
from archive.journal import Journal
from archive.manifest import Manifest, conflicts, merged, with_story_of

log = logging.getLogger(__name__)

Word = TypeVar("Word", Manifest, DeadLetter)

# Each lost swap means that another worker's swap held; this many in a row does not happen.
SWAP_TRIES = 20
# The catalogue's group commit waits for at most one write before ours and our own.
CATALOGUE_S = 30.0


class ConflictingDelivery(FixativeError):
    """The task is whole, and what came names other images."""


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
        try:
            return Manifest.from_json(self._bucket.get(layout.manifest_key(day, provider, task_id)).body)
        except Missing:
            return None

    def letter(self, day: date, provider: str, task_id: str) -> DeadLetter | None:
        """The dead letter of a task, if there is one."""
        try:
            return DeadLetter.from_json(self._bucket.get(layout.dead_key(day, provider, task_id)).body)
        except Missing:
            return None

    def commit(self, day: date, manifest: Manifest) -> Manifest:
        """Make a manifest the truth, merged with what stands there, and list it; a letter beside a whole one goes.

        Raises:
            ConflictingDelivery: if the task is whole and this manifest names other images.
        """
        key = layout.manifest_key(day, manifest.provider, manifest.task_id)
        final = self._swap_manifest(key, manifest)
        if final.whole:
            letter = self.letter(day, manifest.provider, manifest.task_id)
            if letter is not None:
                final = self._take_over(day, key, final, letter)
        self._catalogue.append(line_of(final, key).to_json()).result(CATALOGUE_S)
        return final

    def bury(self, day: date, letter: DeadLetter) -> None:
        """Write the dead letter of a task; if the task turns out whole, its manifest takes the story over."""
        assert letter.task_id is not None
        final = self._swap_letter(layout.dead_key(day, letter.provider, letter.task_id), letter)
        log.warning(
            "dead letter: provider=%s task=%s reason=%s detail=%s",
            letter.provider,
            letter.task_id,
            letter.reason,
            letter.detail,
        )
        manifest = self.manifest(day, letter.provider, letter.task_id)
        if manifest is not None and manifest.whole:
            self._take_over(day, layout.manifest_key(day, letter.provider, letter.task_id), manifest, final)

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

    def _swap_manifest(self, key: str, manifest: Manifest) -> Manifest:
        def merge(body: bytes) -> Manifest:
            old = Manifest.from_json(body)
            if conflicts(old, manifest):
                raise ConflictingDelivery(manifest.task_id)
            final = merged(old, manifest)
            # The same again, but for the time: leave what stands there.
            return old if structs.replace(final, changed_at=old.changed_at) == old else final

        return self._swap(key, manifest, merge)

    def _swap_letter(self, key: str, letter: DeadLetter) -> DeadLetter:
        return self._swap(key, letter, lambda body: letter.merged_into(DeadLetter.from_json(body)))

    def _swap(self, key: str, word: Word, merge: Callable[[bytes], Word]) -> Word:
        """Write a word where nothing stands, else over what stands there, merged with it."""
        for _ in range(SWAP_TRIES):
            try:
                self._bucket.put_new(key, word.to_pretty_json())
            except Taken:
                pass
            else:
                return word
            try:
                stored = self._bucket.get(key)
                final = merge(stored.body)
                if final.to_pretty_json() != stored.body:
                    self._bucket.put_over(key, final.to_pretty_json(), etag=stored.etag)
            except (Missing, Taken):
                continue
            return final
        raise BucketUnavailable(f"{key}: no end of conflicting writes")

    def _take_over(self, day: date, key: str, manifest: Manifest, letter: DeadLetter) -> Manifest:
        """Move a letter's story into a whole manifest, then remove the letter and the bytes it refused."""
        final = self._swap_manifest(key, with_story_of(manifest, letter))
        for asset in letter.lost:
            if asset.refused_key is not None:
                self._bucket.delete(asset.refused_key)
        self._bucket.delete(layout.dead_key(day, manifest.provider, manifest.task_id))
        return final
