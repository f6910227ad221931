"""Planted flaws, one at a time, to show that the suite can fail. Only in tests; FLAWS says what each does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

import archive.records.manifest
from archive.errors import BucketUnavailable
from archive.layout import is_short
from archive.queue.doorbell import Doorbell
from archive.store.bucket import Bucket
from receiver.intake import Inbox
from receiver.spool import Spool, records
from workers.catalogue_lines import CatalogueJournal
from workers.close_task import CloseTask
from workers.fetch_asset import FetchAsset
from workers.rolling.roller import Roller
from workers.settle import Settle
from workers.sweep import Sweep, _Listing

# Long enough for a kill to come in between, short against a lease.
_LATE_S = 1.0


def plant(name: str) -> None:
    """Make this process wrong in the way named."""
    FLAWS[name]()


def _replace(owner: type, name: str, wrong: Callable[..., Any]) -> None:
    setattr(owner, name, wrong(getattr(owner, name)))


def _answer_before_commit() -> None:
    """The door answers 202 while the batch is still on its way."""

    def wrong(right: Callable[..., Any]) -> Callable[..., Any]:
        def accept(self: Inbox, delivery: Any) -> Future[str]:
            right(self, delivery)
            done: Future[str] = Future()
            done.set_result("")
            return done

        return accept

    _replace(Inbox, "accept", wrong)


def _drop_on_503() -> None:
    """Where S3 refuses a batch, it is dropped and called durable: no spool, no 503."""

    def wrong(right: Callable[..., Any]) -> Callable[..., Any]:
        def put_new(self: Bucket, key: str, *arguments: Any, **named: Any) -> None:
            try:
                right(self, key, *arguments, **named)
            except BucketUnavailable:
                if not key.startswith("inbox/"):
                    raise

        return put_new

    _replace(Bucket, "put_new", wrong)


def _no_sweep() -> None:
    """What is due is not looked for."""
    _replace(Sweep, "tick", lambda _right: lambda _self: 0)


def _inbox_deleted_before_placing() -> None:
    """The inbox object goes first, then its lines are placed."""

    def wrong(right: Callable[..., Any]) -> Callable[..., Any]:
        def settle(self: Any, key: str, carried: bytes | None = None) -> None:
            batch = carried if carried is not None else self._bucket.get(key).body
            self._bucket.delete(key)
            right(self, key, batch)

        return settle

    _replace(Settle, "settle", wrong)


def _due_deleted_before_manifest() -> None:
    """The due entry goes first, then the manifest is written."""

    def wrong(right: Callable[..., Any]) -> Callable[..., Any]:
        def close(self: Any, key: str, *arguments: Any) -> None:
            self._bucket.delete(key)
            right(self, key, *arguments)

        return close

    _replace(CloseTask, "close", wrong)


def _manifest_before_assets() -> None:
    """The manifest names images that are still on their way."""

    def wrong(_right: Callable[..., Any]) -> Callable[..., Any]:
        def stored(self: Any, _turn: Any, asset: Any, path: Any, *_more: Any) -> Any:
            body, bucket = path.read_bytes(), self._bucket

            def later() -> None:
                time.sleep(_LATE_S)
                bucket.put_new(asset.key, body, content_type=asset.content_type, sha256=asset.sha256)

            threading.Thread(target=later, daemon=True).start()
            return asset

        return stored

    _replace(FetchAsset, "_stored", wrong)


def _unconditional_put() -> None:
    """What stands under a key is written over, whatever it is."""
    _replace(Bucket, "put_new", lambda _right: Bucket.put)


def _failed_swallows_completed() -> None:
    """A task that was said to have failed stays failed, and its images are forgotten."""
    archive.records.manifest._RANK |= {"completed": 0}


def _spool_removed_before_relay() -> None:
    """The spool's file goes first, then its batches are carried over."""

    def wrong(_right: Callable[..., Any]) -> Callable[..., Any]:
        def carry_over(self: Any, path: Any) -> None:
            carried = list(records(path))
            path.unlink()
            for key, batch in carried:
                self._bucket.put_new(key, batch)

        return carry_over

    _replace(Inbox, "_carry_over", wrong)


def _spool_in_memory() -> None:
    """What the spool takes stands in memory only, and is carried over from there."""

    def wrong(right: Callable[..., Any]) -> Callable[..., Any]:
        def append(self: Spool, key: str, batch: bytes) -> None:
            threading.Timer(_LATE_S, right, [self, key, batch]).start()

        return append

    _replace(Spool, "append", wrong)


def _replaced_before_rolled() -> None:
    """What is rolled up goes first, then its file is written."""

    def wrong(right: Callable[..., Any]) -> Callable[..., Any]:
        def put(self: Any, roll: Any, target: Any) -> None:
            for key in roll.sources:
                self._bucket.delete(key)
            right(self, roll, target)

        return put

    _replace(Roller, "_put", wrong)


def _delete_does_not_wait() -> None:
    """What a job frees goes while its lines wait for company."""

    def wrong(right: Callable[..., Any]) -> Callable[..., Any]:
        def hand_over(self: Any, account: Any) -> Any:
            self._bucket.delete_all(list(account.frees))
            account.frees.clear()
            return right(self, account)

        return hand_over

    _replace(CatalogueJournal, "hand_over", wrong)


def _short_last() -> None:
    """What lives short is rung for by the sweep alone, and only where nothing else stands."""

    def silent(right: Callable[..., Any]) -> Callable[..., Any]:
        def send(self: Doorbell, job: Any, key: str, carried: bytes | None, **named: Any) -> None:
            # Nothing rides with a bell of the sweep.
            if carried is None or not is_short(key):
                right(self, job, key, carried, **named)

        return send

    def last(right: Callable[..., Any]) -> Callable[..., Any]:
        def short(self: Any) -> Any:
            return iter(()) if any(not is_short(entry.key) for entry in self._first) else right(self)

        return short

    _replace(_Listing, "short", last)
    _replace(Doorbell, "_send", silent)


FLAWS: Mapping[str, Callable[[], None]] = {
    "answer-before-commit": _answer_before_commit,
    "drop-on-503": _drop_on_503,
    "no-sweep": _no_sweep,
    "inbox-deleted-before-placing": _inbox_deleted_before_placing,
    "due-deleted-before-manifest": _due_deleted_before_manifest,
    "manifest-before-assets": _manifest_before_assets,
    "unconditional-put": _unconditional_put,
    "failed-swallows-completed": _failed_swallows_completed,
    "spool-removed-before-relay": _spool_removed_before_relay,
    "spool-in-memory": _spool_in_memory,
    "replaced-before-rolled": _replaced_before_rolled,
    "delete-does-not-wait": _delete_does_not_wait,
    "short-last": _short_last,
}
