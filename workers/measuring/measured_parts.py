"""Parts of the road that are counted as they do their work; to everybody else they are what they were."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from archive.errors import GivenUp, TryLater
from archive.records.asset import KeptAsset, LostAsset
from archive.records.notification import without_query
from egress.download import Downloaded, Downloader
from runtime.metrics import registry as of
from runtime.metrics.meters import Meters
from runtime.metrics.metric import OTHER, Metric
from workers.decoding.decoder_pool import DecoderPool
from workers.decoding.verdict import Facts
from workers.fetch_asset import FetchAsset
from workers.turn import Turn


class MeasuredDownloader(Downloader):
    """Counts downloads by the allowed name that their link leads to."""

    def __init__(self, *arguments: Any, meters: Meters, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._meters = meters

    def fetch(
        self, url: str, path: Path, *, hosts: tuple[str, ...], deadline: float, stopping: threading.Event
    ) -> Downloaded:
        """As a downloader does."""
        host = allowed_name(url, self._meters.hosts)
        with counted(self._meters, of.DOWNLOADS, host):
            got = super().fetch(url, path, hosts=hosts, deadline=deadline, stopping=stopping)
        self._meters.observe(of.DOWNLOAD_SECONDS, got.download_ms / 1000, host)
        self._meters.count(of.DOWNLOAD_BYTES, host, by=got.came_bytes or got.bytes)
        return got


class MeasuredDecoders(DecoderPool):
    """Counts verdicts, and times each with its wait for a child."""

    def __init__(self, *arguments: Any, meters: Meters, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._meters = meters

    def examine(self, path: Path, deadline: float, task: str | None = None, *, first: bool = False) -> Facts:
        """As a pool does."""
        began = time.monotonic()
        try:
            with counted(self._meters, of.DECODES):
                return super().examine(path, deadline, task, first=first)
        finally:
            self._meters.observe(of.DECODE_SECONDS, time.monotonic() - began)


class MeasuredFetch(FetchAsset):
    """Counts images that were kept."""

    def __init__(self, *arguments: Any, meters: Meters, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._meters = meters

    def fetch(self, turn: Turn, index: int) -> KeptAsset | LostAsset:
        """As a fetcher does."""
        asset = super().fetch(turn, index)
        if isinstance(asset, KeptAsset):
            self._count(asset)
        return asset

    def fetch_once(self, turn: Turn, index: int) -> KeptAsset:
        """The same."""
        asset = super().fetch_once(turn, index)
        self._count(asset)
        return asset

    def _count(self, asset: KeptAsset) -> None:
        self._meters.count(of.IMAGES_KEPT, asset.format)
        self._meters.count(of.BYTES_KEPT, by=asset.bytes)
        for finding in asset.findings:
            self._meters.count(of.FINDINGS, finding.kind)


def allowed_name(url: str, allowed: Iterable[str]) -> str:
    """The name of the allow-list by which a link is believed, or `other`: a stranger makes no series of his own."""
    host = without_query(url.strip()).partition("/")[0].lower()
    for name in allowed:
        plain = name.removeprefix("=")
        if host == plain or (not name.startswith("=") and host.endswith(f".{plain}")):
            return name
    return OTHER


@contextmanager
def counted(meters: Meters, metric: Metric, *labels: str) -> Iterator[None]:
    """Count what comes of this block, as its last label: `ok`, or the reason of its error."""
    outcome = OTHER
    try:
        yield
        outcome = "ok"
    except (GivenUp, TryLater) as error:
        outcome = str(error.reason)
        raise
    finally:
        meters.count(metric, *labels, outcome)
