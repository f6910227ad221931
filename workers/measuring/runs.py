"""What runs on a task's work come to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from archive.errors import TryLater
from archive.records.work import Work
from runtime.metrics import registry as of
from runtime.metrics.meters import Meters
from runtime.metrics.metric import OTHER
from workers.account import Account
from workers.outcome import Outcome


class Runs:
    """Counts them."""

    def __init__(self, meters: Meters | None = None) -> None:
        self._meters = meters or Meters("worker")

    def started(self, work: Work) -> None:
        """A run has claimed its work."""
        self._meters.count(of.RUNS_STARTED, work.provider)

    def closed(self, work: Work, outcome: Outcome, now: datetime, *, given_up: bool) -> None:
        """All is kept, or given up."""
        lost = outcome.lost[min(outcome.lost)].reason if outcome.lost else OTHER
        self._end(work, "given_up" if given_up else "whole", lost if given_up else OTHER)
        if not given_up and work.replay is None and work.heard_at is not None:
            took_s = (now - work.heard_at).total_seconds()
            self._meters.observe(of.ARCHIVE_SECONDS, max(0.0, took_s), work.provider)

    def put_off(self, work: Work, troubles: Iterable[TryLater]) -> None:
        """The rest is tried later."""
        self._end(work, "put_off", next((str(trouble.reason) for trouble in troubles), OTHER))

    def apart(self, work: Work) -> None:
        """It had no place in its task."""
        self._end(work, "apart", OTHER)

    def ended_by_another(self, work: Work) -> None:
        """Another run was first."""
        self._end(work, "ended_by_another", OTHER)

    def _end(self, work: Work, outcome: str, reason: str) -> None:
        self._meters.count(of.RUNS_ENDED, work.provider, outcome, reason)


def count_letters(meters: Meters, account: Account) -> None:
    """Count the dead letters that a job wrote, changed or removed."""
    for letter, gone in account.letters.values():
        meters.count(of.DEAD_GONE if gone else of.DEAD_WRITTEN, letter.reason)
