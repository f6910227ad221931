"""Flaws that may be planted in what is written, and in which order. Only tests know them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from archive import layout
from archive.errors import Taken
from archive.records.asset import LostAsset
from archive.records.dead_letter import DeadLetter
from archive.records.manifest import Manifest, merged
from archive.records.work import Work
from tests.model.actor import Actor, acting
from tests.model.bells import ModelBucket
from workers.account import Account
from workers.apart import Apart
from workers.archive_task import ArchiveTask
from workers.close_task import CloseTask
from workers.keep import Keep
from workers.outcome import Outcome


def is_asset(key: str) -> bool:
    """Whether an image stands under this key."""
    return key.startswith(layout.TASKS) and not key.endswith("manifest.json")


class ManifestBeforeAssets(ModelBucket):
    """Holds images back until their task's manifest stands."""

    _held: dict[Actor | None, list[tuple[str, bytes | Path, dict[str, Any]]]]

    def put_new(self, key: str, body: bytes | Path, *, image: bool = False, **more: Any) -> None:
        held = self.__dict__.setdefault("_held", {})
        if is_asset(key):
            held.setdefault(acting(), []).append((key, body, more))
            return
        super().put_new(key, body, image=image, **more)
        if key.endswith("manifest.json"):
            for asset_key, asset, rest in held.pop(acting(), []):
                self.put(asset_key, asset, **rest)


class UnconditionalManifest(ModelBucket):
    """Writes manifests over whatever stands there."""

    def put_new(self, key: str, body: bytes | Path, **more: Any) -> None:
        if key.endswith("manifest.json"):
            self.put(key, body, **more)
        else:
            super().put_new(key, body, **more)

    def put_over(self, key: str, body: bytes, *, etag: str, **more: Any) -> None:
        if key.endswith("manifest.json"):
            self.put(key, body, **more)
        else:
            super().put_over(key, body, etag=etag, **more)


class UnconditionalAsset(ModelBucket):
    """Writes images over whatever stands there."""

    def put_new(self, key: str, body: bytes | Path, *, image: bool = False, **more: Any) -> None:
        if is_asset(key):
            self.put(key, body, **more)
        else:
            super().put_new(key, body, image=image, **more)


class TakenIsOurs(ModelBucket):
    """Takes whatever stands in an image's place for its own."""

    def put_new(self, key: str, body: bytes | Path, **more: Any) -> None:
        try:
            super().put_new(key, body, **more)
        except Taken:
            if not is_asset(key):
                raise


class DueBeforeManifest(ArchiveTask):
    """Removes the entry before the ending is written."""

    def _end(self, key: str, work: Work, outcome: Outcome, account: Account) -> None:
        self._bucket.delete(key)
        super()._end(key, work, outcome, account)


class ConflictSwallowed(Keep):
    """Tells nobody that other images were told of."""

    def bury_apart(self, apart: Apart, account: Account) -> None:
        del apart, account


class LostUntold(CloseTask):
    """Writes no letter for what a manifest calls lost."""

    def _bury(
        self,
        work: Work,
        lost: Mapping[int, LostAsset],
        account: Account,
        told_in: Manifest | None = None,
    ) -> bool:
        return told_in is None and super()._bury(work, lost, account)


class FailedSwallowsCompleted(Keep):
    """Takes `failed` for the last word."""

    def _swap_manifest(self, key: str, manifest: Manifest, account: Account) -> Manifest:
        def merge(old: Manifest) -> Manifest:
            return merged(old, manifest) if old.status == "completed" else old

        return self._swap(key, manifest, merge, account)


class NoSecondLook(Keep):
    """Writes a dead letter and looks no further."""

    _burying: frozenset[Actor | None] = frozenset()

    def bury(self, day: date, letter: DeadLetter, account: Account, told_in: Manifest | None = None) -> bool:
        self._burying |= {acting()}
        try:
            return super().bury(day, letter, account, told_in)
        finally:
            self._burying -= {acting()}

    def manifest(self, day: date, provider: str, task_id: str) -> Manifest | None:
        return None if acting() in self._burying else super().manifest(day, provider, task_id)


class LetterBeforeStory(Keep):
    """Removes a letter before its story is taken over."""

    def _take_over(
        self, day: date, key: str, manifest: Manifest, letter: DeadLetter, account: Account
    ) -> Manifest:
        self._bucket.delete(layout.dead_key(day, manifest.provider, manifest.task_id))
        return super()._take_over(day, key, manifest, letter, account)


class StoryForgotten(Keep):
    """Removes a letter without taking its story over."""

    def _take_over(
        self, day: date, key: str, manifest: Manifest, letter: DeadLetter, account: Account
    ) -> Manifest:
        del key
        self._remove(layout.dead_key(day, manifest.provider, manifest.task_id), letter, account)
        return manifest
