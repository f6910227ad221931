"""One source -> one kept asset: download, verify, store, with a few quick tries in place.

a host that is left alone   TryLater at once, and no try is counted
trouble that passes     quick tries; then TryLater: the whole work is tried again later
bytes that are damaged  fetched once more; then Damaged, the bytes kept in dead/
a transfer cut off      quick tries; then given up like damage, since the origin serves it so
a source that is lost   SourceLost at once
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from msgspec import structs

from archive import layout
from archive.asset import KeptAsset, LostAsset, Timings
from archive.bucket import Bucket
from archive.errors import Damaged, SourceLost, SourceTrouble, Taken, TryLater
from archive.notification import without_query
from archive.reasons import Reason
from archive.work import Work
from providers.expectation import Expectation, differences
from workers.breaker import Breaker
from workers.decoder import Facts
from workers.decoder_pool import DecoderPool
from workers.download import Downloaded, Downloader
from workers.verify import byte_findings

log = logging.getLogger(__name__)

QUICK_TRIES = 4
# Between quick tries: 0.5, 1 and 2 s, with jitter, so about 4 s in all.
QUICK_FIRST_S = 0.5
# An origin that asks for more patience than this is tried later, not waited for in place.
QUICK_PATIENCE_S = 5.0
# A link that dies this soon is fetched whatever is known of its host: there may be no other try.
LAST_CHANCE = timedelta(minutes=5)
# S3 takes 2 KB of user metadata in all: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
METADATA_MAX_CHARACTERS = 100


@dataclass(frozen=True)
class Turn:
    """What one run brings to each of its sources: `deadline` is of `time.monotonic()`.

    `links` are fresh ones, by index; an asset's source is the one that was told all the same.
    """

    work: Work
    expectation: Expectation
    hosts: tuple[str, ...]
    deadline: float
    links: Mapping[int, str] = field(default_factory=dict)

    def link(self, index: int) -> str:
        """Where the image of this index is fetched from."""
        return self.links.get(index, self.work.sources[index])


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
        self._breaker = breaker or Breaker()
        self._bucket, self._downloader, self._decoders = bucket, downloader, decoders
        self._folder, self._stopping, self._quick_first_s = folder, stopping, quick_first_s

    def fetch(self, turn: Turn, index: int) -> KeptAsset | LostAsset:
        """The asset, kept, or lost with its reason. Raises TryLater."""
        source = without_query(turn.work.sources[index])
        damaged = cut_off = 0
        for tries in range(1, QUICK_TRIES + 1):
            try:
                return self._once(turn, index, tries, last=bool(damaged))
            except Damaged as error:
                damaged += 1
                if damaged > 1:
                    key = layout.refused_key(turn.work.day, turn.work.provider, turn.work.task_id, index)
                    return LostAsset(
                        index=index,
                        reason=error.reason,
                        detail=error.detail,
                        source=source,
                        tries=tries,
                        refused_key=key,
                    )
            except SourceLost as error:
                return LostAsset(
                    index=index, reason=error.reason, detail=error.detail, source=source, tries=tries
                )
            except SourceTrouble as error:
                cut_off += error.reason is Reason.CUT_OFF
                if cut_off == QUICK_TRIES:
                    return LostAsset(
                        index=index, reason=error.reason, detail=error.detail, source=source, tries=tries
                    )
                self._wait_or_raise(error, turn, tries)
            except OSError as error:
                # Downloading and decoding tell their own trouble; what is left is the temporary disk.
                raise TryLater(
                    Reason.DISK_TROUBLE, error.strerror or "the temporary folder cannot be used"
                ) from error
        raise TryLater(Reason.OUT_OF_TIME, f"no end after {QUICK_TRIES} quick tries")

    def _wait_or_raise(self, error: SourceTrouble, turn: Turn, tries: int) -> None:
        """Wait before the next quick try, or raise the trouble if it should be a later one."""
        pause_s = self._quick_first_s * 2 ** (tries - 1) * random.uniform(0.5, 1.5)  # noqa: S311 - jitter
        pause_s = max(pause_s, error.retry_after_s or 0.0)
        if tries == QUICK_TRIES or pause_s > QUICK_PATIENCE_S or time.monotonic() + pause_s > turn.deadline:
            raise error
        if self._stopping.wait(pause_s):
            raise TryLater(Reason.STOPPING)

    def _once(self, turn: Turn, index: int, tries: int, *, last: bool) -> KeptAsset:
        """One download, verified and stored. Damaged bytes of the last try are kept in dead/ before it raises."""
        with self._spot() as path:
            with self._host_asked(turn, index):
                got = self._downloader.fetch(
                    turn.link(index),
                    path,
                    hosts=turn.hosts,
                    deadline=turn.deadline,
                    stopping=self._stopping,
                )
            began = time.monotonic()
            try:
                facts = self._decoders.examine(path, turn.deadline, turn.work.task_id)
            except Damaged:
                if last:
                    key = layout.refused_key(turn.work.day, turn.work.provider, turn.work.task_id, index)
                    self._bucket.put(key, path, content_type="application/octet-stream", sha256=got.sha256)
                raise
            verify_ms = round((time.monotonic() - began) * 1000)
            asset = self._described(turn, index, got, facts, tries)
            return self._stored(
                turn, asset, path, facts, Timings(download_ms=got.download_ms, verify_ms=verify_ms)
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
        if turn.work.expires_at - self._bucket.now() < LAST_CHANCE:
            yield
            return
        host = without_query(turn.link(index)).partition("/")[0]
        with self._breaker.turn(host, turn.work.task_id):
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
