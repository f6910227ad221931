"""The catalogue's journal without its threads: each batch is an actor that sleeps until its gathering is over."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial

from archive.errors import TryLater
from runtime.journal import Journal
from tests.model.actor import Actor, acting
from tests.model.ledger import Ledger, about_of
from tests.model.trace import Trace
from tests.model.weather import Weather
from workers.catalogue_lines import GATHER_S, Commit, Ended


@dataclass
class Gathered:
    """A batch: what was handed over, and by whom."""

    actor: Actor
    entries: list[Ended] = field(default_factory=list)
    # Tasks whose runs wrote a word after their lease was over.
    late: set[str] = field(default_factory=set)

    def dropped(self, ledger: Ledger) -> None:
        """It came to nothing: the entries stay, and the leases bring them back."""
        ledger.cut_off_late |= self.late
        for about in self.actor.abouts:
            ledger.interrupted(about)


class SteppedJournal(Journal[Ended, str]):
    """Gathers as the real one. When S3 or the process is slow, that takes longer than any lease."""

    def __init__(self, commit: Commit, name: str, trace: Trace, weather: Weather, ledger: Ledger) -> None:
        self._commit, self._name = commit, name
        self._trace, self._weather, self._ledger = trace, weather, ledger
        self._gathering: Gathered | None = None
        self.batches: list[Gathered] = []

    def append(self, entry: Ended, size_bytes: int, *, lines: int = 1, urgent: bool = False) -> Future[str]:
        del size_bytes, lines
        batch = self._gathering or self._begin()
        batch.entries.append(entry)
        batch.actor.abouts += [about for about in map(about_of, entry.frees) if about]
        job = acting()
        if job is not None and job.late:
            batch.late |= job.tasks
        if urgent:
            batch.actor.asleep_until = self._trace.now_s
        self._trace.note("HANDED", "", f"{len(entry.lines)} lines, frees {', '.join(entry.frees)}")
        return Future()

    def close(self, timeout_s: float) -> None:
        del timeout_s

    def ended(self, actor: Actor) -> bool:
        """Let go of a batch whose actor has ended; whether there was one."""
        left = [batch for batch in self.batches if batch.actor is not actor]
        gone, self.batches = len(left) < len(self.batches), left
        return gone

    def _begin(self) -> Gathered:
        batch = Gathered(Actor(lambda: None, name=f"journal {self._name}"))
        batch.actor.job = partial(self._write, batch)
        slow = self._weather.happens(self._weather.catalogue_late)
        sleeps_s = self._weather.dice.choice(self._weather.sleeps_s) if slow else GATHER_S
        batch.actor.asleep_until = self._trace.now_s + sleeps_s
        self._gathering = batch
        self.batches.append(batch)
        return batch

    def _write(self, batch: Gathered) -> None:
        if self._gathering is batch:
            self._gathering = None
        try:
            self._commit(batch.entries)
        except TryLater as error:
            batch.dropped(self._ledger)
            self._trace.note("DROPPED", "", str(error))
        except Exception as error:  # noqa: BLE001 - a fault of ours is what the model looks for
            self._trace.violated("raised", f"{type(error).__name__}: {error}")
