"""One source -> one kept asset: download, verify, store, with a few quick tries in place.

a host that is left alone   TryLater immediately, and no try is counted
trouble that passes     quick tries; then TryLater: the whole work is tried again later
bytes that are damaged  kept in dead/ and fetched once more; then DamagedForNow, until the very same came often enough
a source that is lost   given up: nothing that may come can be right
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from msgspec import structs

from archive import layout
from archive.errors import Damaged, SourceLost, SourceTrouble, Taken, TryLater
from archive.reasons import Reason
from archive.records.asset import KeptAsset, LostAsset, Timings
from archive.records.damage import Damage, DamagedForNow, again
from archive.records.notification import without_query
from archive.store.bucket import Bucket
from egress.breaker import Breaker
from egress.download import Downloaded, Downloader
from providers.expecting.expectation import differences
from runtime.logs.step import Step, tell
from runtime.tracing.span import span
from workers.decoding.decoder_pool import DecoderPool
from workers.decoding.verdict import Facts
from workers.inline.inline_images import InlineImages
from workers.outcome import damaged, lost, refused_key
from workers.turn import Turn
from workers.verify import byte_findings

log = logging.getLogger(__name__)

QUICK_TRIES = 4
# Of bytes that are no sound image: each costs a whole download and a decoding.
DAMAGED_TRIES = 2
# What no other bytes of the same image would change.
NO_BETTER = frozenset({Reason.TOO_MANY_PIXELS, Reason.ANIMATED})
# Between quick tries: 0.5, 1 and 2 s, with jitter, so about 4 s in all.
QUICK_FIRST_S = 0.5
# An origin that asks for more patience than this is tried later, not waited for in place.
QUICK_PATIENCE_S = 5.0
# S3 takes 2 KB of user metadata in all: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
METADATA_MAX_CHARACTERS = 100


class FetchAsset:
    """Brings one source into the bucket. Safe to use from many threads."""

    def __init__(
        self,
        bucket: Bucket,
        downloader: Downloader,
        decoders: DecoderPool,
        *,
        folder: Path,
        stopping: threading.Event,
        quick_first_s: float = QUICK_FIRST_S,
        breaker: Breaker | None = None,
    ) -> None:
        self._breaker, self._inline = breaker or Breaker(), InlineImages(bucket)
        self._bucket, self._downloader, self._decoders = bucket, downloader, decoders
        self._folder, self._stopping, self._quick_first_s = folder, stopping, quick_first_s

    def fetch(self, turn: Turn, index: int) -> KeptAsset | LostAsset:
        """The asset, kept, or lost with its reason. Raises TryLater; DamagedForNow where bytes were no sound image."""
        known, came = turn.work.damage_of(index), 0
        for tries in range(1, QUICK_TRIES + 1):
            try:
                asset = self._once(turn, index, tries)
            except DamagedForNow as error:
                known, came = again(known, error.damage), came + 1
                only = turn.is_inline(index) and turn.is_final(index)
                certain = only or known.certain(self._bucket.now(), turn.link_life)
                if known.reason in NO_BETTER or certain:
                    _tell_trouble("lost", turn, index, error)
                    return damaged(turn.work, known, turn.work.tries + 1)
                _tell_trouble("tried", turn, index, error)
                self._wait_or_raise(DamagedForNow(known), turn, tries, last=came == DAMAGED_TRIES)
            except SourceLost as error:
                if not (turn.is_final(index) or error.reason is Reason.TOO_LARGE):
                    _tell_trouble("tried", turn, index, error)
                    raise SourceTrouble(error.reason, f"of the fresh link: {error.detail}") from error
                _tell_trouble("lost", turn, index, error)
                return lost(turn.work, index, error.reason, error.detail, tries)
            except SourceTrouble as error:
                _tell_trouble("tried", turn, index, error)
                self._wait_or_raise(error, turn, tries, last=tries == QUICK_TRIES)
            except OSError as error:
                raise _disk_trouble(error) from error
            else:
                if known is not None:
                    self._bucket.delete(refused_key(turn.work, index))
                _tell_kept(turn, asset)
                return asset
        raise TryLater(Reason.OUT_OF_TIME, f"no end after {QUICK_TRIES} quick tries")

    def fetch_once(self, turn: Turn, index: int) -> KeptAsset:
        """The asset, kept at the first try; of what is none, nothing is written. Raises TryLater for all else."""
        try:
            asset = self._once(turn, index, 1, refused=False)
        except SourceTrouble as error:
            _tell_trouble("tried", turn, index, error)
            raise
        except (SourceLost, Damaged) as error:
            _tell_trouble("tried", turn, index, error)
            raise TryLater(error.reason, error.detail) from error
        except OSError as error:
            raise _disk_trouble(error) from error
        _tell_kept(turn, asset)
        return asset

    def _wait_or_raise(self, error: SourceTrouble, turn: Turn, tries: int, *, last: bool) -> None:
        """Wait before the next quick try, or raise the trouble if this was the last, or the next should be later."""
        pause_s = self._quick_first_s * 2 ** (tries - 1) * random.uniform(0.5, 1.5)  # noqa: S311 - jitter
        pause_s = max(pause_s, error.retry_after_s or 0.0)
        if last or pause_s > QUICK_PATIENCE_S or time.monotonic() + pause_s > turn.deadline:
            raise error
        if self._stopping.wait(pause_s):
            raise TryLater(Reason.STOPPING)

    def _once(self, turn: Turn, index: int, tries: int, *, refused: bool = True) -> KeptAsset:
        """One download, verified and stored. Bytes that are no sound image are kept in dead/, unless told otherwise.

        Raises SourceLost, TryLater, OSError; where such bytes are not kept, Damaged.
        """
        with self._spot() as path:
            got = self._got(turn, index, path, tries)
            began = time.monotonic()
            try:
                with span("decode", index=index):
                    facts = self._decoders.examine(
                        path, turn.deadline, turn.work.task_id, first=turn.work.short
                    )
            except Damaged as error:
                if not refused:
                    raise
                key = refused_key(turn.work, index)
                self._bucket.put(key, path, content_type="application/octet-stream", sha256=got.sha256)
                raise DamagedForNow(self._damage(index, got.sha256, error)) from error
            verify_ms = round((time.monotonic() - began) * 1000)
            asset = self._described(turn, index, got, facts, tries)
            return self._stored(
                turn, asset, path, facts, Timings(download_ms=got.download_ms, verify_ms=verify_ms)
            )

    def _got(self, turn: Turn, index: int, path: Path, tries: int) -> Downloaded:
        """The bytes of the image, from its link or from `inline/`. Raises SourceLost, TryLater, OSError."""
        link = turn.link(index)
        if turn.is_inline(index):
            with span("decode inline", index=index, tries=tries):
                return self._inline.fetch(
                    turn.work, link, path, deadline=turn.deadline, stopping=self._stopping
                )
        with (
            self._host_asked(turn, index),
            span("download", kind="client", index=index, host=turn.host(index), tries=tries),
        ):
            return self._downloader.fetch(
                link, path, hosts=turn.hosts, deadline=turn.deadline, stopping=self._stopping
            )

    def _damage(self, index: int, sha256: str, error: Damaged) -> Damage:
        return Damage(
            index=index,
            sha256=sha256,
            reason=error.reason,
            detail=error.detail,
            first_at=self._bucket.now(),
        )

    @contextmanager
    def _spot(self) -> Iterator[Path]:
        """Where a download may stand until it is kept."""
        path = self._folder / uuid4().hex
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    @contextmanager
    def _host_asked(self, turn: Turn, index: int) -> Iterator[None]:
        """Ask the source's host, unless it is left alone. Raises TryLater SOURCE_RESTING before the block."""
        if turn.work.expires_at - self._bucket.now() < turn.last_chance:
            yield
            return
        with self._breaker.turn(turn.host(index), turn.work.task_id):
            yield

    def _described(self, turn: Turn, index: int, got: Downloaded, facts: Facts, tries: int) -> KeptAsset:
        work = turn.work
        differs = differences(turn.expectation, width=facts.width, height=facts.height, format=facts.format)
        return KeptAsset(
            index=index,
            key=layout.asset_key(work.day, work.provider, work.task_id, index, facts.extension),
            sha256=got.sha256,
            bytes=got.bytes,
            format=facts.format,
            content_type=facts.content_type,
            mode=facts.mode,
            width=facts.width,
            height=facts.height,
            frames=facts.frames,
            c2pa=facts.c2pa,
            source=without_query(work.sources[index]),
            tries=tries,
            findings=(*differs, *byte_findings(facts, got)),
        )

    def _stored(self, turn: Turn, asset: KeptAsset, path: Path, facts: Facts, timings: Timings) -> KeptAsset:
        """The asset as it stands in the bucket; a place taken by other bytes gives way to one beside it."""
        work = turn.work
        began = time.monotonic()
        metadata = {
            "provider": work.provider,
            "task-id": work.task_id,
            "index": str(asset.index),
            "model": (work.told_model or "")[:METADATA_MAX_CHARACTERS],
            "width": str(asset.width),
            "height": str(asset.height),
            "sha256": asset.sha256,
        }
        try:
            self._bucket.put_new(
                asset.key,
                path,
                content_type=asset.content_type,
                sha256=asset.sha256,
                metadata=metadata,
                image=True,
            )
        except Taken:
            beside = layout.asset_key(
                work.day, work.provider, work.task_id, asset.index, facts.extension, asset.sha256
            )
            log.info("asset %s is taken by other bytes; keeping %s beside it", asset.key, beside)
            self._bucket.put_new(
                beside,
                path,
                content_type=asset.content_type,
                sha256=asset.sha256,
                metadata=metadata,
                image=True,
            )
            asset = structs.replace(asset, key=beside)
        store_ms = round((time.monotonic() - began) * 1000)
        return structs.replace(asset, timings=structs.replace(timings, store_ms=store_ms))


def _tell_kept(turn: Turn, asset: KeptAsset) -> None:
    times = asset.timings
    tell(
        log,
        "kept",
        index=asset.index,
        key=asset.key,
        host=turn.host(asset.index),
        format=asset.format,
        width=asset.width,
        height=asset.height,
        bytes=asset.bytes,
        tries=asset.tries,
        download_ms=times.download_ms,
        verify_ms=times.verify_ms,
        store_ms=times.store_ms,
    )


def _tell_trouble(step: Step, turn: Turn, index: int, error: SourceTrouble | SourceLost | Damaged) -> None:
    tell(log, step, index=index, host=turn.host(index), reason=error.reason, detail=error.detail)


def _disk_trouble(error: OSError) -> TryLater:
    """Downloading and decoding tell their own trouble; what is left is the temporary disk."""
    return TryLater(Reason.DISK_TROUBLE, error.strerror or "the temporary folder cannot be used")
