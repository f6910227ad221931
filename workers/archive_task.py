"""due work -> images, manifest, catalogue line.

1  claim the entry, unless it is under a lease with time for a run
2  a later run first looks whether others have ended the work meanwhile, and keeps what they kept
3  a replay asks the provider for fresh links, and with CONFIRM_TASKS a first run for the true ones
4  fetch what is missing, in parallel, under one deadline; dead links are asked for anew, once a run
5  all resolved: manifest, catalogue line, dead letter for what is lost, and last the DELETE of the entry
   some put off: a new entry further off that holds what is done so far, then the DELETE of the old one
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial

from msgspec import structs

from archive.errors import NewerRecord, TryLater
from archive.records.work import Work
from archive.store.bucket import Bucket
from providers.expecting.expectation import expect
from runtime.logs.step import facts
from workers.account import Account
from workers.apart import ConflictingDelivery, NoRoom
from workers.asking.fresh_links import FreshLinks
from workers.asking.order_book import OrderBook
from workers.catalogue_lines import CatalogueJournal
from workers.close_task import CloseTask
from workers.fetch_all import fetch_all
from workers.fetch_asset import FetchAsset
from workers.later import Distances
from workers.leases import Leases
from workers.measuring.runs import Runs
from workers.outcome import Outcome
from workers.patience import counted, damages_after, tried_next, with_fresh_links
from workers.readings import held_against
from workers.subjects import tell_begun
from workers.turn import Turn

log = logging.getLogger(__name__)

# What closing a task needs after its last image: a few small writes.
CLOSING_S = 10.0


class ArchiveTask:
    """Does the work of one due entry of kind "archive". May run twice, and twice at the same time.

    `links` asks providers for links, `orders` finds what was ordered; `hurried` fetches what has no time.
    """

    def __init__(
        self,
        bucket: Bucket,
        leases: Leases,
        close: CloseTask,
        catalogue: CatalogueJournal,
        fetcher: FetchAsset,
        executor: Executor,
        *,
        hurried: Executor | None = None,
        turn_for: Callable[[Work, float], Turn],
        run_s: float,
        distances: Distances,
        links: FreshLinks,
        orders: OrderBook,
        runs: Runs | None = None,
    ) -> None:
        self._runs = runs or Runs()
        self._links, self._orders = links, orders
        self._bucket, self._leases, self._close, self._catalogue = bucket, leases, close, catalogue
        self._fetcher, self._executor, self._turn_for = fetcher, executor, turn_for
        self._hurried = hurried or executor
        self._run_s, self._distances = run_s, distances

    def archive(self, key: str, work: Work) -> None:
        """Do the work that stands under this key. Raises TryLater when S3 is away; the lease brings it back.

        Work that meets a newer record is put off.
        """
        claimed = self._leases.take(key, work)
        if claimed is None:
            return
        tell_begun(log, *claimed)
        self._runs.started(claimed[1])
        account = Account()
        self._run(*claimed, account)
        self._catalogue.hand_over(account)

    def _run(self, key: str, work: Work, account: Account) -> None:
        outcome = Outcome.before(work)
        newer: NewerRecord | None = None
        try:
            later = self._leases.is_later(key, work)
            known = self._close.known_meanwhile(work, outcome, account) if later else outcome
            if known is None:
                account.free(key)
                self._runs.ended_by_another(work)
                return
            work, outcome = self._with_order(work, known)
        except NewerRecord as error:
            # The images are fetched while their links live; what came of them is written when it can be read.
            newer = error
        deadline = time.monotonic() + self._run_s - CLOSING_S
        if outcome.missing(work):
            work, outcome = self._fetch(work, outcome, deadline)
        if outcome.put_off or newer:
            self._put_off(key, work, outcome, account, *([newer] if newer else ()))
        else:
            self._end(key, work, outcome, account)

    def _fetch(self, work: Work, outcome: Outcome, deadline: float) -> tuple[Work, Outcome]:
        """Fetch what is missing, from links that may be trusted; the work, confirmed where that is wished for."""
        links: Mapping[int, str] = {}
        asked = self._links.must_ask_first(work)
        if asked and work.replay is not None and not self._links.must_confirm(work):
            links = self._links.for_replay(work, outcome, deadline)
        elif asked:
            work, outcome = self._links.confirmed(self._turn_for(work, deadline), outcome, self._bucket.now())
        turn = self._turn_for(work, deadline)
        outcome = self._fetch_all(replace(turn, links=links), outcome)
        if links:
            return with_fresh_links(work, turn.link_life), outcome
        if not asked:
            links, outcome = self._links.in_place_of_dead(turn, outcome, self._bucket.now())
            outcome = self._fetch_all(replace(turn, links=links), outcome) if links else outcome
        return work, outcome

    def _end(self, key: str, work: Work, outcome: Outcome, account: Account) -> None:
        """Write what the run came to, if the work is still this run's; the entry goes last, after the account."""
        ours = self._leases.still_ours(key, work, giving_up=bool(outcome.lost))
        if ours is None:
            log.info("task=%s was ended by another run", work.task_id, extra=facts("ended_elsewhere"))
            self._runs.ended_by_another(work)
            return
        try:
            given_up = self._close.close(ours[1], outcome.kept, outcome.lost, account)
        except (ConflictingDelivery, NoRoom) as error:
            self._end_apart(*ours, outcome, account, error)
        except NewerRecord as error:
            self._put_off(*ours, outcome, account, error)
        else:
            self._leases.finish(*ours, account, given_up=given_up)
            self._runs.closed(ours[1], outcome, self._bucket.now(), given_up=given_up)

    def _end_apart(
        self, key: str, work: Work, outcome: Outcome, account: Account, why: ConflictingDelivery | NoRoom
    ) -> None:
        """Write letters beside the task's. As before every letter, the run claims first: see `still_ours`."""
        ours = self._leases.still_ours(key, work, giving_up=True)
        if ours is None:
            self._runs.ended_by_another(work)
            return
        try:
            self._close.close_apart(why, ours[1], outcome.kept, outcome.lost, account)
        except NewerRecord as error:
            self._put_off(*ours, outcome, account, error)
        else:
            self._leases.finish(*ours, account, given_up=False)
            self._runs.apart(work)

    def _with_order(self, work: Work, outcome: Outcome) -> tuple[Work, Outcome]:
        """The work with the order that its customer told, where its ticket says that one was told.

        What earlier runs kept is held against it too.
        """
        told = self._orders.with_order(work)
        if told is work:
            return work, outcome
        expectation = expect(told.provider, told.order, told.told_model)
        kept = {index: held_against(asset, expectation) for index, asset in outcome.kept.items()}
        return told, replace(outcome, kept=kept)

    def _fetch_all(self, turn: Turn, outcome: Outcome) -> Outcome:
        """Fetch what is neither kept nor lost."""
        fetches = {index: partial(self._fetcher.fetch, turn, index) for index in outcome.missing(turn.work)}
        executor = self._hurried if turn.work.short else self._executor
        return outcome.with_results(fetch_all(executor, fetches, turn.deadline))

    def _put_off(self, key: str, work: Work, outcome: Outcome, account: Account, *more: TryLater) -> None:
        """Make the work due again with what is done so far, or give up what no try will bring any more."""
        troubles = [*more, *outcome.put_off.values()]
        link_life = self._turn_for(work, 0.0).link_life
        when = tried_next(self._bucket.now(), work, troubles, link_life, self._distances)
        tries = work.tries + counted(troubles)
        if when is None:
            self._end(key, work, outcome.given_up(work, tries), account)
            return
        later = structs.replace(
            work,
            tries=tries,
            trouble=str(troubles[0]),
            starts=work.starts - (not counted(troubles)),
            kept=tuple(outcome.kept[index] for index in sorted(outcome.kept)),
            lost=tuple(outcome.lost[index] for index in sorted(outcome.lost)),
            damages=damages_after(work, troubles),
        )
        log.info(
            "task=%s put off until %s: reason=%s detail=%s",
            work.task_id,
            when.isoformat(),
            troubles[0].reason,
            troubles[0].detail,
            extra=facts(
                "put_off", until=when.isoformat(), reason=troubles[0].reason, detail=troubles[0].detail
            ),
        )
        self._leases.put_off(key, later, when)
        self._runs.put_off(work, troubles)
