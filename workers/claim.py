"""Whose turn it is: leases and starts.

settle writes work with a lease that its first run works under: no claim, no extra request
a later run claims: the entry is put at its new time, one more start counted, and the old one removed
a claim that another worker's has beaten (412) ends the run; nothing is waited for
what ends with a word is put at its next time; what ends without one becomes due when its lease ends
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from msgspec import structs
from ulid import ULID

from archive import layout
from archive.bucket import Bucket
from archive.errors import Missing, Taken
from archive.work import Work

# Claims made within one step of the grid meet on the same key, so that one of them wins.
GRID_S = 30
# The farthest that silent endings may stretch the lease.
LEASE_MOST_S = 3600.0


class Claims:
    """Takes over work whose turn it is, and puts it off."""

    def __init__(self, bucket: Bucket, *, lease_s: float, run_s: float) -> None:
        self._bucket, self._lease_s, self._run_s = bucket, lease_s, run_s

    def take(self, key: str, work: Work) -> tuple[str, Work] | None:
        """The entry to work under, or None if it is not due or another worker has it."""
        now = self._bucket.now()
        left_s = (layout.read_due_key(key).when - now).total_seconds()
        if work.leased and self._run_s <= left_s <= LEASE_MOST_S * 2:
            return key, work  # the lease that settle wrote, or that this claim gave
        if not work.leased and 1.0 < left_s <= LEASE_MOST_S * 2:
            return None  # rung too early: its planned time will come
        return self._claim(key, work, now)

    def put_off(self, key: str, work: Work, when: datetime) -> None:
        """Make the work due at `when`, not leased; the entry under `key` goes, after its successor stands."""
        successor = layout.due_key(when, work.provider, work.task_id, work.origin)
        self._place(successor, structs.replace(work, leased=False, claimant=str(ULID())), when)
        self._bucket.delete(key)

    def _claim(self, key: str, work: Work, now: datetime) -> tuple[str, Work] | None:
        silent = work.silent_endings + (1 if work.leased else 0)
        lease_s = min(LEASE_MOST_S, self._lease_s * 2.0 ** min(silent, 10))
        when = _on_grid(now + timedelta(seconds=lease_s))
        claimed = structs.replace(
            work, leased=True, starts=work.starts + 1, silent_endings=silent, claimant=str(ULID())
        )
        new_key = layout.due_key(when, work.provider, work.task_id, work.origin)
        try:
            self._bucket.put_new(new_key, claimed.to_json())
        except Taken:
            self._drop_if_covered(key, work, new_key)
            return None
        if new_key != key:
            self._bucket.delete(key)
        return new_key, claimed

    def _drop_if_covered(self, key: str, work: Work, other_key: str) -> None:
        """Remove an entry whose deliveries another entry of the same task and origin tells of as well."""
        try:
            other = Work.from_json(self._bucket.get(other_key).body)
        except Missing:
            return
        told = {heard.delivery_id for heard in other.heard}
        if other_key != key and all(heard.delivery_id in told for heard in work.heard):
            self._bucket.delete(key)

    def _place(self, key: str, work: Work, when: datetime) -> None:
        """Put an entry where none stands; a place taken by another moves it on by a millisecond."""
        while True:
            try:
                self._bucket.put_new(key, work.to_json())
            except Taken:
                when += timedelta(milliseconds=1)
                key = layout.due_key(when, work.provider, work.task_id, work.origin)
                continue
            return


def _on_grid(moment: datetime) -> datetime:
    return datetime.fromtimestamp(math.ceil(moment.timestamp() / GRID_S) * GRID_S, UTC)
