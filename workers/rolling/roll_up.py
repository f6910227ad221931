"""The thread of every worker that keeps the catalogue rolled up: it looks at what stands there, and lets the roller do it."""

from __future__ import annotations

import logging
import random
import time
from datetime import date, timedelta
from typing import Final

from archive.errors import NewerRecord
from archive.rolled.day import TAIL_MOST
from archive.rolled.days import days_in
from archive.rolled.tables import TableTrouble
from archive.store.bucket import Bucket
from runtime.guarded import Guarded
from runtime.seldom import Seldom
from workers.rolling.roller import Done, Roller

log = logging.getLogger(__name__)

# Looks apart where nothing is to be done, and where the tail fills: one listing of the last days.
LOOK_EVERY_S: Final = 30.0
LOOK_SOON_S: Final = 5.0
# After something was done there is often more.
GO_ON_S: Final = 0.5
# How often all days are looked at: lines come late to a closed day once in a blue moon.
ALL_DAYS_EVERY_S: Final = 3_600.0
# Days that are looked at each time: today, and those that may not be closed.
LAST_DAYS: Final = timedelta(days=2)
# Workers begin with a closed day within so long of one another: the others find it done.
SPREAD_MOST_S: Final = 300.0


class RollUp:
    """One thread of every worker process. `tick` is one look; `start` runs it over and over."""

    def __init__(self, bucket: Bucket, roller: Roller) -> None:
        self._bucket, self._roller = bucket, roller
        self._spread = timedelta(seconds=random.uniform(0, SPREAD_MOST_S))  # noqa: S311 - jitter
        self._all_days_at = -ALL_DAYS_EVERY_S
        self._seldom = Seldom(log)
        self._thread = Guarded("roll-up", self._step, first_s=LOOK_SOON_S, pause_most_s=LOOK_EVERY_S)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """End after the day that is under way, within the time given."""
        self._thread.stop(timeout_s)

    def tick(self) -> Done:
        """Look at the last days, now and then at all. Raises BucketUnavailable."""
        everything = time.monotonic() - self._all_days_at >= ALL_DAYS_EVERY_S
        first = None if everything else self._bucket.now().date() - LAST_DAYS
        done = [self._look(day) for day in days_in(self._bucket, first) if not self._thread.stopping]
        total = Done(*map(sum, zip(*done, strict=True))) if done else Done(0, 0, 0)
        if everything and not total.rolled and not total.removed:
            self._all_days_at = time.monotonic()
        return total

    def _look(self, day: date) -> Done:
        """A day that cannot be rolled up holds no other up."""
        try:
            return self._roller.look(day, self._spread)
        except NewerRecord as error:
            self._seldom.tell(
                logging.WARNING, "newer", "roll-up: left for a worker of its version: %s", error
            )
        except TableTrouble as error:
            self._seldom.tell(
                logging.ERROR, "table", "roll-up: %s stays in hours, which are slower to read: %s", day, error
            )
        return Done(0, 0, 0)

    def _step(self) -> float:
        """One look; how long the next one waits."""
        done = self.tick()
        if done.rolled or done.removed:
            return GO_ON_S
        pause_s = LOOK_SOON_S if done.tail > TAIL_MOST // 2 else LOOK_EVERY_S
        return pause_s * random.uniform(0.75, 1.25)  # noqa: S311 - jitter
