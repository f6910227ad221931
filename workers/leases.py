"""Whose turn it is: leases and starts.

settle writes work with a lease that its first run works under: no claim, no extra request
a later run claims: the entry is put at its new time, one more start counted, and the old one removed
a claim that another worker's has beaten (412) ends the run; nothing is waited for
what ends with a word is put at its next time; what ends without one becomes due when its lease ends
what gave images up under the first lease is due once more when that ends: a twin may live until then
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from msgspec import structs
from ulid import ULID

from archive import layout
from archive.errors import MalformedRecord, Missing, Taken
from archive.records.work import LOOKED_AT_AGAIN, Work
from archive.store.bucket import Bucket
from archive.store.due import put_claim, put_due
from archive.store.record_at import record_at
from workers.account import Account
from workers.settling.young_batch import BatchLease

# Leases made within one step of the grid meet on the same key, so that one of them wins.
GRID_S = 30
# The last look stands so long after the first lease.
APART = timedelta(seconds=1)
# The farthest that silent endings may stretch the lease.
LEASE_MOST_S = 3600.0


def horizon_s(lease_s: float, retry_most_s: float) -> float:
    """How far ahead anyone may schedule; an entry beyond it was written by a stepped clock and is due now."""
    return max(retry_most_s, LEASE_MOST_S) + 2 * lease_s


class Leases:
    """Takes over work whose turn it is, and puts it off."""

    def __init__(
        self,
        bucket: Bucket,
        *,
        lease_s: float,
        run_s: float,
        retry_most_s: float = 3600.0,
        batch: BatchLease = BatchLease(timedelta(seconds=60)),  # noqa: B008 - a value
    ) -> None:
        self._bucket, self._lease_s, self._run_s, self._batch = bucket, lease_s, run_s, batch
        self._horizon_s = horizon_s(lease_s, retry_most_s)

    def take(self, key: str, work: Work) -> tuple[str, Work] | None:
        """The entry to work under, or None if it is not due or another worker has it."""
        now = self._bucket.now()
        left_s = (layout.read_due_key(key).when - now).total_seconds()
        if work.leased and self._run_s <= left_s <= self._horizon_s:
            return key, work  # the lease that settle wrote, or that this claim gave
        if not work.leased and 1.0 < left_s <= self._horizon_s:
            return None  # rung too early: its planned time will come
        return self._claim(key, work, now)

    def is_later(self, key: str, work: Work) -> bool:
        """Whether another run may have ended the work before this one began: it looks first.

        A first run, under the lease that settle wrote, follows nobody, unless its batch was old by then: it may have
        been worked in place before (`workers/settling/in_place.py`).
        """
        gathered = layout.read_due_key(key).when - timedelta(seconds=self._lease_s)
        return bool(work.claimant) or self._batch.may_have_ended(gathered, self._bucket.now())

    def still_ours(self, key: str, work: Work, *, giving_up: bool) -> tuple[str, Work] | None:
        """The entry to end the work under, or None if it is another worker's by now.

        Only a claimed run gives images up: a twin of a first run, under the same entry, could remove the entry
        that must outlive a run which is killed between its dead letter and its second look at the manifest.
        """
        now = self._bucket.now()
        if layout.read_due_key(key).when <= now:
            try:  # stalled for longer than the lease: others may have ended it, or may be about to
                self._bucket.get(key)
            except Missing:
                return None
        elif work.claimant or not giving_up:
            return key, work
        return self._put_claim(key, work, now + timedelta(seconds=self._lease_s))

    def finish(self, key: str, work: Work, account: Account, *, given_up: bool) -> None:
        """Free the entry of work that has ended; one that was given up under the first lease stands until its end.

        A twin under that lease may keep what was given up here, and be killed right after its manifest, when
        this run's second look is over: somebody must look once more.
        """
        until = work.first_lease_until
        if given_up and until is not None and until > self._bucket.now():
            # The look is no start: it changes no manifest that says how often the work was begun.
            again = structs.replace(work, starts=work.starts - 1, trouble=LOOKED_AT_AGAIN)
            # Not under the first entry's own key, which its twins remove.
            self.put_off(key, again, until + APART)
        else:
            account.free(key)

    def put_off(self, key: str, work: Work, when: datetime) -> None:
        """Make the work due at `when`, not leased; the entry under `key` goes, after its successor stands."""
        # With a prompt an order stands in `orders/` alone, and is read again.
        later = structs.replace(
            work,
            leased=False,
            claimant=str(ULID()),
            first_lease_until=work.first_lease_until or _first_lease(key, work),
            order=work.impersonal_order,
        )
        put_due(self._bucket, later, when)
        self._bucket.delete(key)

    def _claim(self, key: str, work: Work, now: datetime) -> tuple[str, Work] | None:
        silent = work.silent_endings + (1 if work.leased else 0)
        lease_s = min(LEASE_MOST_S, self._lease_s * 2.0 ** min(silent, 10))
        claimed = structs.replace(work, leased=True, starts=work.starts + 1, silent_endings=silent)
        return self._put_claim(key, claimed, now + timedelta(seconds=lease_s))

    def _put_claim(self, key: str, work: Work, until: datetime) -> tuple[str, Work] | None:
        """Move an entry to its new time; None if another worker has moved it there."""
        claimed = structs.replace(
            work,
            claimant=str(ULID()),
            follows=key,
            first_lease_until=work.first_lease_until or _first_lease(key, work),
            order=work.impersonal_order,
        )
        when = _on_grid(until) + work.spread
        new_key = layout.due_key(when, work.provider, work.task_id, work.origin, work.short)
        try:
            stands = put_claim(self._bucket, new_key, claimed)
        except Taken:
            self._drop_if_claimed(key, new_key)
            return None
        if new_key != key:
            self._bucket.delete(key)
        return new_key, structs.replace(stands, order=work.order)

    def _drop_if_claimed(self, key: str, claim_key: str) -> None:
        """Remove an entry whose claim stands: its claimer was killed before it could.

        Only the very claim of this entry will do. Another entry there, even one that tells of the same
        deliveries, may be the one that this entry has just succeeded, and about to be removed.
        """
        try:
            claim = record_at(self._bucket, claim_key, Work)
        except MalformedRecord:
            return  # a worker moves it to dead/, and the next claim of this entry has another key
        if claim is not None and claim.follows == key != claim_key:
            self._bucket.delete(key)


def _first_lease(key: str, work: Work) -> datetime | None:
    """When the lease ends that settle wrote; None for work that was never under one."""
    return layout.read_due_key(key).when if work.leased and not work.claimant else None


def _on_grid(moment: datetime) -> datetime:
    return datetime.fromtimestamp(math.ceil(moment.timestamp() / GRID_S) * GRID_S, UTC)
