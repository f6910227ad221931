"""A worker process: its parts, and the jobs that it is at. Killed, it is put together anew."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from archive.errors import TryLater
from archive.queue.doorbell import SETTLE
from archive.records.work import Work
from tests.model.actor import Actor, acting
from tests.model.bells import Bell, Bells
from tests.model.fetcher import Fetches
from tests.model.in_place import GRACE_S
from tests.model.journal import SteppedJournal
from tests.model.ledger import about_of, due_s
from tests.model.origin import Origin
from tests.model.parts import Parts
from tests.model.s3 import SteppedS3
from tests.model.trace import Trace
from tests.model.weather import Weather
from workers.archive_task import CLOSING_S
from workers.asking.fresh_links import FreshLinks
from workers.asking.order_book import OrderBook
from workers.catalogue_lines import Commit
from workers.due_work import DueWork
from workers.later import Distances
from workers.settling.young_batch import BatchLease
from workers.turn import Turn
from workers.ways_out import turn_for

THREADS = 3
LEASE_S, RUN_S = 240.0, 150.0
RETRY_FIRST_S, RETRY_MOST_S = 30.0, 3600.0


class Ground(NamedTuple):
    """What all processes share: the world outside of them."""

    trace: Trace
    weather: Weather
    s3: SteppedS3
    bells: Bells
    origin: Origin
    parts: Parts
    link_life_h: float


class Worker:
    """One process. `jobs` are the threads that are busy."""

    def __init__(self, ground: Ground, name: str) -> None:
        self.name, self.ground = name, ground
        self.jobs: list[Actor] = []
        self.sweeping: Actor | None = None
        self.swept_s = -1e9
        parts, trace, weather = ground.parts, ground.trace, ground.weather
        self._journal: SteppedJournal
        bucket = parts.bucket(ground.s3, trace)
        keep = parts.keep(bucket)
        catalogue = parts.catalogue(bucket, journal=self._gathering)
        close = parts.close(bucket, keep)
        fetcher = parts.fetcher(bucket, ground.origin, trace)
        fetches = Fetches(lambda: weather.happens(weather.hang), self._hang)

        def turn(work: Work, deadline: float) -> Turn:
            return turn_for(work, deadline, (), ground.link_life_h)

        self._settle = parts.settle(
            bucket,
            keep,
            catalogue,
            ground.bells,
            lease_s=LEASE_S,
            link_life_h=ground.link_life_h,
            in_place=parts.in_place(
                bucket,
                trace,
                close=close,
                fetcher=fetcher,
                executor=fetches,
                turn_for=turn,
                links=FreshLinks({}),
                orders=OrderBook(bucket),
                lease=BatchLease(timedelta(seconds=GRACE_S)),
            ),
        )
        archive = parts.archive(
            bucket,
            parts.leases(bucket, lease_s=LEASE_S, run_s=RUN_S),
            close,
            catalogue,
            fetcher,
            fetches,
            turn_for=turn,
            # Nothing is left of it when the fetches are submitted: those that hang are out of time immediately.
            run_s=CLOSING_S,
            distances=Distances(RETRY_FIRST_S, RETRY_MOST_S),
            links=FreshLinks({}),
            orders=OrderBook(bucket),
        )
        self._due = DueWork(bucket, {"archive": archive.archive}, bury=close.bury_entry, catalogue=catalogue)
        self._sweep = parts.sweep(
            bucket,
            ground.bells,
            trace,
            threads=THREADS,
            lease_s=LEASE_S,
            grace_s=GRACE_S,
            idle_s=15.0,
            busy_s=2.0,
            retry_most_s=RETRY_MOST_S,
            readers=0,
        )

    @property
    def actors(self) -> list[Actor]:
        """Everything that runs in it."""
        sweeping = [] if self.sweeping is None else [self.sweeping]
        return [*self.jobs, *sweeping, *(batch.actor for batch in self._journal.batches)]

    def answer(self, bell: Bell) -> None:
        """Begin the job that a bell asks for."""
        if bell.name == SETTLE:
            self._begin("settle", partial(self._settle.settle, bell.key, bell.carried))
        else:
            self._begin("archive", partial(self._due.do, bell.key, bell.carried), bell.key)

    def sweep(self) -> None:
        """Begin a sweep."""
        self.swept_s = self.ground.trace.now_s
        self.sweeping = Actor(partial(self._told, self._sweep.tick), name=f"sweep {self.name}")

    def kill(self) -> None:
        """End every thread of it where it stands."""
        self.ground.trace.note("KILL -9", self.name)
        for batch in self._journal.batches:
            batch.dropped(self.ground.s3.ledger)
        for actor in self.actors:
            self.ground.s3.ledger.interrupted(actor.about)
            actor.cut_off = True
            self._ended(actor)
            actor.kill()

    def bury(self, actor: Actor) -> None:
        """Let go of an actor that has ended."""
        if actor is self.sweeping:
            self.sweeping = None
            return
        if self._journal.ended(actor):
            return
        self.jobs.remove(actor)
        self._ended(actor)

    def _gathering(self, commit: Commit) -> SteppedJournal:
        ground = self.ground
        self._journal = SteppedJournal(commit, self.name, ground.trace, ground.weather, ground.s3.ledger)
        return self._journal

    def _begin(self, what: str, job: Callable[[], object], due_key: str = "") -> None:
        about = about_of(due_key) if due_key else ""
        actor = Actor(partial(self._told, job), name=f"{what} {self.name}", about=about, bell=due_key)
        actor.began_s = self.ground.trace.now_s
        if due_key:
            actor.lease_until_s = due_s(due_key) if about else math.inf  # rubbish is moved, whenever it is
            self.ground.s3.ledger.begins(actor)
        self.jobs.append(actor)

    def _ended(self, actor: Actor) -> None:
        self.ground.s3.ledger.ends(actor)

    def _hang(self, fetch: Callable[[], object]) -> None:
        self.jobs.append(Actor(partial(self._told, fetch), name=f"zombie {self.name}"))

    def _told(self, job: Callable[[], object]) -> None:
        """Run a job as the worker's own app does: trouble that passes is left to the lease and the sweep."""
        try:
            job()
        except TryLater as error:
            self._cut_off("PUT OFF", str(error))
        except Exception as error:  # noqa: BLE001 - a fault of ours is what the model looks for
            self.ground.trace.violated("raised", f"{type(error).__name__}: {error}")

    def _cut_off(self, what: str, why: str) -> None:
        self.ground.trace.note(what, "", why)
        actor = acting()
        assert actor is not None
        actor.cut_off = True
