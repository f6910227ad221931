"""Bells for the work that settling has placed: each with its entry, unless Redis is away."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime

from archive.errors import QueueUnavailable
from archive.queue.doorbell import Doorbell
from archive.records.work import Work
from runtime.seldom import Seldom

log = logging.getLogger(__name__)


class Ringing:
    """Rings; `now` is S3's time. Safe to use from many threads."""

    def __init__(self, doorbell: Doorbell, now: Callable[[], datetime]) -> None:
        self._doorbell, self._now, self._seldom = doorbell, now, Seldom(log)

    def ring(self, placed: Iterable[tuple[str, Work]]) -> None:
        """Ring for each; what is not rung for is the sweep's."""
        try:
            for key, work in placed:
                self._doorbell.ring_archive(key, work.to_json(), expires_at=work.expires_at, now=self._now())
        except QueueUnavailable as error:
            self._seldom.tell(
                logging.WARNING,
                "ring",
                "settle: bells not rung; the sweep will: reason=%s detail=%s",
                error.reason,
                error.detail,
            )
