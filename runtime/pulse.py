"""The thread that keeps a process's heartbeat in Redis, and what the process notes for it as it goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from runtime.guarded import Guarded
from runtime.heartbeat import BEAT_EVERY_S, Heartbeat, Proof
from runtime.heartbeats import Heartbeats


class Pulse:
    """Beats every ten seconds from `start` to `stop`. Its notes may be written by any thread.

    Redis away harms nobody: a beat is one bounded attempt, and those that fail are told at growing distances.
    """

    def __init__(
        self,
        heartbeats: Heartbeats,
        first: Heartbeat,
        *,
        now: Callable[[], datetime],
        busy: Callable[[], int] = lambda: 0,
        swept_at: Callable[[], datetime | None] = lambda: None,
        every_s: float = BEAT_EVERY_S,
    ) -> None:
        self._heartbeats, self._first = heartbeats, first
        self.now, self._busy, self._swept_at, self._every_s = now, busy, swept_at, every_s
        # Each is one reference, written whole: no lock is needed.
        self._success_at: datetime | None = None
        self._proof: Proof | None = None
        self._thread = Guarded("pulse", self.beat, pause_most_s=every_s, drains=True)

    def note_success(self) -> None:
        """A callback was made durable, or a job was done."""
        self._success_at = self.now()

    def note_proof(self, proof: Proof) -> None:
        """It was tried what this process can do."""
        self._proof = proof

    @property
    def success_at(self) -> datetime | None:
        """When a callback was last made durable, or a job done; by S3's clock."""
        return self._success_at

    def current(self) -> Heartbeat:
        """The heartbeat as it is now."""
        return msgspec.structs.replace(
            self._first,
            at=self.now(),
            success_at=self._success_at,
            sweep_at=self._swept_at(),
            proof=self._proof,
            busy=self._busy(),
        )

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """End, and take the heartbeat back, within the time given."""
        self._thread.stop(timeout_s)

    def beat(self) -> float | None:
        """One beat, and the pause after it; the last one takes the heartbeat back. Raises QueueUnavailable."""
        if self._thread.stopping:
            self._heartbeats.remove(self._first)
            self._heartbeats.close()
            return None
        self._heartbeats.put(self.current())
        return self._every_s
