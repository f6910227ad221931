"""Redis as the model has it: bells that wait, get lost, come twice, expire, and are flushed."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import NamedTuple

from archive.bell import Job
from archive.errors import QueueUnavailable
from archive.layout import is_short
from archive.queue.doorbell import Doorbell
from archive.store.bucket import Bucket
from tests.fakes.words import NOW
from tests.model.actor import acting
from tests.model.trace import Trace
from tests.model.weather import Weather

# As `Doorbell` is told by the workers: bells expire with the lease.
EXPIRES_S = 240.0


class Bell(NamedTuple):
    """One message."""

    name: str
    key: str
    carried: bytes | None
    rung_s: float


class Bells(Doorbell):
    """A doorbell whose Redis is a list. Every word with it is one step."""

    def __init__(self, trace: Trace, weather: Weather) -> None:
        self.waiting_bells: list[Bell] = []
        self._trace, self._weather = trace, weather

    def waiting(self) -> int:
        self._pause("LLEN")
        return len(self.waiting_bells)

    def waiting_short(self) -> int:
        self._pause("LLEN")
        return sum(is_short(bell.key) for bell in self.waiting_bells)

    def take(self, dice: random.Random) -> Bell | None:
        """The next bell for a worker, mostly the oldest; None for one that has expired."""
        place = 0 if dice.random() < 0.8 else dice.randrange(len(self.waiting_bells))
        bell = self.waiting_bells.pop(place)
        return bell if self._trace.now_s - bell.rung_s < EXPIRES_S else None

    def _send(self, job: Job, key: str, carried: bytes | None, *, urgent: bool = False) -> None:
        del urgent
        self._pause("RING", key)
        if self._weather.happens(self._weather.bell_lost):
            self._trace.note("RING", key, "lost")
            return
        bell = Bell(job, key, carried, self._trace.now_s)
        twice = self._weather.happens(self._weather.bell_doubled)
        self.waiting_bells += [bell, bell] if twice else [bell]
        self._trace.note("RING", key, "doubled" if twice else "ok")

    def _pause(self, what: str, key: str = "") -> None:
        actor = acting()
        if actor is not None:
            actor.pause()
        if self._weather.happens(self._weather.bell_refused):
            self._trace.note(what, key, "Redis is away")
            raise QueueUnavailable("away")


class ModelBucket(Bucket):
    """The real bucket over S3 in memory, at the model's time."""

    def __init__(self, client: object, trace: Trace) -> None:
        super().__init__(client, "model", "")  # type: ignore[arg-type] # S3 in memory stands in for boto3's client
        self._trace = trace

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self._trace.now_s)
