"""A run in place: few completed tasks of a young batch, each image one try, each task whole or left to the road.

It works under the lease of the batch, not of an entry: `inbox/` holds what is unfinished meanwhile. So it gives nothing
up, puts nothing off and writes nothing in `dead/` or `due/`; what does not end well is placed by whoever settles the
batch, as it was read. Killed anywhere, the sweep finds the batch, and by then it takes the road.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from datetime import datetime
from functools import partial

from archive.errors import FixativeError, TryLater
from archive.records.asset import KeptAsset
from archive.records.work import Work
from archive.store.bucket import Bucket
from workers.account import Account
from workers.asking.fresh_links import FreshLinks
from workers.asking.order_book import OrderBook
from workers.close_task import CloseTask
from workers.fetch_all import fetch_each
from workers.fetch_asset import FetchAsset
from workers.measuring.runs import Runs
from workers.outcome import Outcome
from workers.placing import Said
from workers.settling.young_batch import BatchLease
from workers.subjects import about_work, tell_begun, under_way
from workers.turn import Turn

log = logging.getLogger(__name__)


class InPlace:
    """Works what a batch tells of; `hurried` fetches what has no time. May do the same twice, and twice at the same time."""

    def __init__(
        self,
        bucket: Bucket,
        close: CloseTask,
        fetcher: FetchAsset,
        executor: Executor,
        *,
        hurried: Executor | None = None,
        turn_for: Callable[[Work, float], Turn],
        links: FreshLinks,
        orders: OrderBook,
        lease: BatchLease,
        runs: Runs | None = None,
    ) -> None:
        self._runs = runs or Runs()
        self._bucket, self._close, self._lease = bucket, close, lease
        self._fetcher, self._executor, self._turn_for = fetcher, executor, turn_for
        self._hurried = hurried or executor
        self._links, self._orders = links, orders

    def may_begin(self, inbox_key: str) -> bool:
        """Whether a batch is young enough."""
        return self._lease.may_begin(inbox_key, self._bucket.now())

    def work(self, inbox_key: str, works: Mapping[Said, Work], account: Account) -> frozenset[Said]:
        """Work these, if the batch is young enough; those that ended are whole, and the account tells of them."""
        # What was placed before may have taken its time.
        if not self.may_begin(inbox_key):
            return frozenset()
        until = self._lease.fetched_by(inbox_key)
        turns = dict(self._turns(works, self._deadline((until - self._bucket.now()).total_seconds())))
        for turn in turns.values():
            with about_work(turn.work):
                tell_begun(log, inbox_key, turn.work)
        return frozenset(
            said for said, kept in self._fetched(turns) if self._ended(turns[said].work, kept, until, account)
        )

    def _deadline(self, seconds: float) -> float:
        return time.monotonic() + seconds

    def _turns(self, works: Mapping[Said, Work], deadline: float) -> Iterator[tuple[Said, Turn]]:
        """The turns of those whose provider need not be asked first, with the order that was told."""
        for said, work in works.items():
            if self._links.must_ask_first(work):
                continue
            try:
                yield said, self._turn_for(self._orders.with_order(work), deadline)
            except TryLater as error:
                self._leave(work, error)

    def _fetched(self, turns: Mapping[Said, Turn]) -> Iterator[tuple[Said, Mapping[int, KeptAsset]]]:
        """Of each task, when one try for each of its images has come to an end, those that it has brought into the bucket."""
        places = [(said, index) for said, turn in turns.items() for index in range(len(turn.work.sources))]
        left = Counter(said for said, _ in places)
        short = any(turn.work.short for turn in turns.values())
        kept: dict[Said, dict[int, KeptAsset]] = {said: {} for said in turns}
        for (said, index), result in fetch_each(
            self._hurried if short else self._executor,
            {(said, index): partial(self._fetch, turns[said], index) for said, index in places},
            max((turn.deadline for turn in turns.values()), default=0.0),
        ):
            if isinstance(result, KeptAsset):
                kept[said][index] = result
            elif isinstance(result, TryLater):
                self._leave(turns[said].work, result)
            left[said] -= 1
            if not left[said]:
                yield said, kept[said]

    def _fetch(self, turn: Turn, index: int) -> KeptAsset:
        with under_way(turn.work, "in place"):
            return self._fetcher.fetch_once(turn, index)

    def _ended(self, work: Work, kept: Mapping[int, KeptAsset], until: datetime, account: Account) -> bool:
        """Write the manifest, if every image is kept in time, and nothing else is to be written then."""
        if len(kept) < len(work.sources) or self._bucket.now() > until:
            return False
        try:
            with under_way(work, "in place"):
                self._close.close(work, kept, {}, account, in_place=True)
        except FixativeError as error:
            self._leave(work, error)
            return False
        self._runs.started(work)
        self._runs.closed(work, Outcome(kept), self._bucket.now(), given_up=False)
        return True

    def _leave(self, work: Work, why: FixativeError) -> None:
        with about_work(work):
            log.info("task=%s provider=%s takes the road: %s", work.task_id, work.provider, why)
