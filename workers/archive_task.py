"""due work -> images, manifest, catalogue line.

1  read the entry, unless the bell carried it; claim it, unless it is under a lease with time for a run
2  a later run first looks whether others have ended the work meanwhile, and keeps what they kept
3  fetch what is missing, in parallel, under one deadline
4  all resolved: manifest, catalogue line, dead letter for what is lost, and last the DELETE of the entry
   some put off: a new entry further off that holds what is done so far, then the DELETE of the old one
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass, field
from datetime import timedelta

from msgspec import structs

from archive import layout
from archive.asset import KeptAsset, LostAsset
from archive.bucket import Bucket
from archive.errors import MalformedRecord, Missing, TryLater
from archive.notification import without_query
from archive.reasons import Reason
from archive.work import Work
from workers.claim import Claims
from workers.close_task import CloseTask
from workers.fetch_asset import FetchAsset, Turn
from workers.later import Distances, next_try

log = logging.getLogger(__name__)

# What closing a task needs after its last image: a few small writes.
CLOSING_S = 10.0
OWN_TROUBLE = {Reason.STOPPING, Reason.OUT_OF_TIME, Reason.BUCKET_UNAVAILABLE, Reason.DISK_TROUBLE}
# Work that only our own trouble holds up is tried again for this long after its links should be dead.
OWN_PATIENCE = timedelta(hours=24)


@dataclass
class Outcome:
    """What a run came to: each image kept, lost, or put off with its trouble."""

    kept: dict[int, KeptAsset] = field(default_factory=dict)
    lost: dict[int, LostAsset] = field(default_factory=dict)
    put_off: dict[int, TryLater] = field(default_factory=dict)


class ArchiveTask:
    """Does the work of one due entry. May run twice, and twice at once."""

    def __init__(
        self,
        bucket: Bucket,
        claims: Claims,
        close: CloseTask,
        fetcher: FetchAsset,
        executor: Executor,
        *,
        turn_for: Callable[[Work, float], Turn],
        run_s: float,
        distances: Distances,
    ) -> None:
        self._bucket, self._claims, self._close = bucket, claims, close
        self._fetcher, self._executor, self._turn_for = fetcher, executor, turn_for
        self._run_s, self._distances = run_s, distances

    def archive(self, key: str, carried: bytes | None = None) -> None:
        """Do what is due under this key. Raises TryLater when S3 is away; the lease brings it back."""
        try:
            work = Work.from_json(carried if carried is not None else self._bucket.get(key).body)
            layout.read_due_key(key)
        except Missing:
            return  # done, or claimed, by somebody else
        except (MalformedRecord, ValueError) as error:
            self._close.bury_entry(key, str(error))
            return
        claimed = self._claims.take(key, work)
        if claimed is None:
            return
        key, work = claimed
        outcome = Outcome(
            {asset.index: asset for asset in work.kept}, {asset.index: asset for asset in work.lost}
        )
        if (work.starts > 1 or work.replay is not None) and self._close.ended_meanwhile(
            key, work, outcome.kept
        ):
            return
        deadline = time.monotonic() + self._run_s - CLOSING_S
        self._fetch_all(self._turn_for(work, deadline), outcome)
        if outcome.put_off:
            self._put_off(key, work, outcome)
        else:
            self._close.close(key, work, outcome.kept, outcome.lost)

    def _fetch_all(self, turn: Turn, outcome: Outcome) -> None:
        """Fetch what is neither kept nor lost; one alone in this thread, several in parallel."""
        missing = [
            index
            for index in range(len(turn.work.sources))
            if index not in outcome.kept and index not in outcome.lost
        ]
        if len(missing) == 1:
            self._take(outcome, missing[0], lambda: self._fetcher.fetch(turn, missing[0]))
            return
        under_way: dict[int, Future[KeptAsset | LostAsset]] = {
            index: self._executor.submit(self._fetcher.fetch, turn, index) for index in missing
        }
        wait(under_way.values(), timeout=max(0.0, turn.deadline - time.monotonic()))
        for index, future in under_way.items():
            if not future.done():
                future.cancel()
                outcome.put_off[index] = TryLater(Reason.OUT_OF_TIME)
                continue
            self._take(outcome, index, future.result)

    @staticmethod
    def _take(outcome: Outcome, index: int, result: Callable[[], KeptAsset | LostAsset]) -> None:
        try:
            asset = result()
        except TryLater as error:
            outcome.put_off[index] = error
            return
        if isinstance(asset, KeptAsset):
            outcome.kept[index] = asset
        else:
            outcome.lost[index] = asset

    def _put_off(self, key: str, work: Work, outcome: Outcome) -> None:
        """Make the work due again with what is done so far, or give up what no try will bring any more."""
        now = self._bucket.now()
        troubles = list(outcome.put_off.values())
        # Trouble of our own is no try at the source, and nothing is given up for it.
        own = all(error.reason in OWN_TROUBLE for error in troubles)
        stopping = all(error.reason is Reason.STOPPING for error in troubles)
        tries = work.tries + (0 if own else 1)
        when = next_try(
            now,
            tries=0 if own else work.tries,
            expires_at=max(work.expires_at, now + OWN_PATIENCE) if own else work.expires_at,
            distances=self._distances,
            retry_after_s=max((error.retry_after_s or 0.0 for error in troubles), default=0.0) or None,
        )
        if stopping:
            when = now
        if when is None:
            for index, error in outcome.put_off.items():
                outcome.lost[index] = LostAsset(
                    index=index,
                    reason=Reason.LINK_EXPIRED,
                    detail=str(error),
                    tries=tries,
                    source=without_query(work.sources[index]),
                )
            self._close.close(key, work, outcome.kept, outcome.lost)
            return
        later = structs.replace(
            work,
            tries=tries,
            trouble=str(troubles[0]),
            starts=work.starts - (1 if stopping else 0),
            kept=tuple(outcome.kept[index] for index in sorted(outcome.kept)),
            lost=tuple(outcome.lost[index] for index in sorted(outcome.lost)),
        )
        log.info("task=%s put off until %s: reason=%s", work.task_id, when.isoformat(), troubles[0].reason)
        self._claims.put_off(key, later, when)
