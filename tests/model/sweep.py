"""The real sweep, whose memory of what it rang lately goes by the model's time."""

from __future__ import annotations

from typing import Any

from archive.queue.doorbell import Doorbell
from archive.store.bucket import Bucket
from tests.model.trace import Trace
from workers.sweep import Sweep


class ModelSweep(Sweep):
    """Ticked by the model, never started."""

    def __init__(self, bucket: Bucket, doorbell: Doorbell, trace: Trace, **settings: Any) -> None:
        super().__init__(bucket, doorbell, **settings)
        self._trace = trace
        self._rung_s: dict[str, float] = {}

    def _forget(self) -> None:
        now_s = self._trace.now_s
        self._rung_s = {key: self._rung_s.get(key, now_s) for key in self._rung}
        self._rung = {key: 0.0 for key, rung_s in self._rung_s.items() if now_s - rung_s < self._ring_again_s}
        self._rung_s = {key: self._rung_s[key] for key in self._rung}
