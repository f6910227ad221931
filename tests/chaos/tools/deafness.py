"""Whether a worker goes deaf: bells wait, S3 and Redis are well, and it touches nothing for long."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import redis

from tests.chaos.house import House
from tests.chaos.rest import queues_of
from tests.chaos.weather import CALM

# Longer than any fault, and than the worker's own watchdog waits (workers/listening/stall.py: 60 s).
DEAF_S = 75.0
_LOOK_S = 1.0


@dataclass
class Deafness:
    """Watches both hosts in a thread; `longest_s` is the longest silence of each while bells waited."""

    house: House
    longest_s: list[float] = field(default_factory=lambda: [0.0, 0.0])

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        self._silent_since: list[float | None] = [None, None]
        self._thread = threading.Thread(target=self._watch, name="deafness", daemon=True)
        self._client = redis.Redis.from_url(self.house.stack.line["redis"], socket_timeout=1)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        self._thread.join(5)

    def _watch(self) -> None:
        while not self._stop.wait(_LOOK_S):
            waiting = self._waiting()
            now = time.monotonic()
            for place, weather in enumerate(self.house.weathers):
                if not waiting or weather.sky is not CALM:
                    self._silent_since[place] = None
                    continue
                since = max(self._silent_since[place] or now, weather.worked_at)
                self._silent_since[place] = since
                self.longest_s[place] = max(self.longest_s[place], now - since)

    def _waiting(self) -> int:
        """How many bells wait; none while Redis is away."""
        try:
            return sum(int(self._client.llen(queue)) for queue in queues_of(self.house))
        except (redis.RedisError, OSError):
            return 0
