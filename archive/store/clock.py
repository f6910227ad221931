"""The time that the archive goes by: S3's, never the host's."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# Before and after these nobody can count on: a ULID has no time before the first, and what is added to the last has one.
_FIRST, _LAST = datetime(1970, 1, 2, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


class Clock:
    """S3's time, learned from the `Date` of its answers and carried on by the monotonic clock.

    Hosts disagree, and a host's clock may step; all workers of one bucket hear the same S3. Before the
    first answer it is the host's time. `Date` has whole seconds, so this is right to about half a second.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._learned: tuple[datetime, float] | None = None

    def hear(self, date: str) -> None:
        """Learn from the `Date` header of an answer; one that cannot be read is passed over."""
        try:
            moment = parsedate_to_datetime(date)
        except ValueError:
            return
        if moment.tzinfo is None or not _FIRST <= moment <= _LAST:
            return
        with self._lock:
            # Half a second on average is cut off a Date.
            self._learned = (moment.astimezone(UTC) + timedelta(seconds=0.5), time.monotonic())

    @property
    def heard(self) -> bool:
        """Whether S3 has told the time; before that it is the host's."""
        with self._lock:
            return self._learned is not None

    def now(self) -> datetime:
        """The time, in UTC."""
        with self._lock:
            learned = self._learned
        if learned is None:
            return datetime.now(UTC)
        moment, heard_at = learned
        return moment + timedelta(seconds=time.monotonic() - heard_at)
