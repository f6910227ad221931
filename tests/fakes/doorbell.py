"""A doorbell that remembers who rang."""

from __future__ import annotations

from datetime import datetime

from archive.errors import QueueUnavailable
from archive.queue.doorbell import Doorbell


class SilentDoorbell(Doorbell):
    """What Doorbell promises, without Redis; `away` makes it fail as one whose Redis is away; `waits` bells are said to wait."""

    def __init__(self) -> None:
        self.rung: list[str] = []
        self.carried: dict[str, bytes | None] = {}
        self.dying: dict[str, datetime | None] = {}
        self.away = False
        self.waits = self.waits_short = 0

    def ring_settle(self, inbox_key: str, batch: bytes | None = None) -> None:
        self._hear(inbox_key, batch)

    def ring_archive(
        self, due_key: str, work: bytes | None, *, expires_at: datetime | None, now: datetime
    ) -> None:
        del now
        self._hear(due_key, work)
        self.dying[due_key] = expires_at

    def waiting(self) -> int:
        return self.waits

    def waiting_short(self) -> int:
        return self.waits_short

    def _hear(self, key: str, carried: bytes | None) -> None:
        if self.away:
            raise QueueUnavailable("away")
        self.rung.append(key)
        self.carried[key] = carried
