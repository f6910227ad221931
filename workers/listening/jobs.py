"""The jobs that bells ask for: what is heard is checked, then done."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from archive import bell
from archive.bell import SETTLE, Bell, Job, Seals
from archive.errors import ForeignBell, TryLater
from runtime.logs.step import facts
from runtime.logs.subject import about, new_run
from runtime.metrics.meters import Meters
from runtime.metrics.registry import JOB_SECONDS, JOBS
from runtime.seldom import Seldom

log = logging.getLogger(__name__)

Deed = Callable[[str, bytes | None], None]


class Jobs:
    """Does what a bell asks for, if it is one of ours. Safe to use from many threads.

    `now_unix_ms` is S3's time; `done` is told of each job that went well.
    """

    def __init__(
        self,
        settle: Deed,
        archive: Deed,
        seals: Seals,
        *,
        now_unix_ms: Callable[[], float],
        done: Callable[[], None] = lambda: None,
        meters: Meters | None = None,
    ) -> None:
        self._meters = meters or Meters("worker")
        self._settle, self._archive, self._seals = settle, archive, seals
        self._now_unix_ms, self._done = now_unix_ms, done
        self._seldom = Seldom(log)

    def answer(self, job: Job, arguments: Sequence[Any], named: Mapping[str, Any]) -> None:
        """Do the job of a message. What is no bell of ours is told and dropped, before anything is asked of S3."""
        with about(run=new_run()):
            self._answer(job, arguments, named)

    def _answer(self, job: Job, arguments: Sequence[Any], named: Mapping[str, Any]) -> None:
        try:
            rung = self._believed(bell.read(job, arguments, named))
        except ForeignBell as error:
            self._meters.count(JOBS, named_job(job), "not_ours")
            self._seldom.tell(logging.WARNING, str(error), "dropped what is no bell of ours: %s", error)
            return
        if rung.ends_unix_ms is not None and self._now_unix_ms() > rung.ends_unix_ms:
            self._meters.count(JOBS, named_job(job), "too_late")
            return  # what it rang for is somebody else's turn by now
        began, outcome = time.monotonic(), "failed"
        try:
            (self._settle if rung.job == SETTLE else self._archive)(rung.key, rung.carried)
            outcome = "done"
        except TryLater as error:
            outcome = "put_off"
            told = facts("put_off", entry=rung.key, reason=error.reason, detail=error.detail)
            log.warning("%s put off: reason=%s detail=%s", rung.key, error.reason, error.detail, extra=told)
        else:
            self._done()
        finally:
            self._meters.count(JOBS, named_job(job), outcome)
            self._meters.observe(JOB_SECONDS, time.monotonic() - began, named_job(job))

    def _believed(self, rung: Bell) -> Bell:
        """As much of a bell as may be believed: without a seal that holds, its key alone."""
        if self._seals.holds(rung):
            return rung
        # The command rings without a seal, and lets nothing ride.
        if rung.seal is not None or rung.carried is not None:
            self._seldom.tell(
                logging.WARNING,
                "seal",
                "the bell for %s has no seal of ours: the bucket is read in its place. If this goes on, receiver "
                "and worker have different TICKET_KEYS",
                rung.key,
            )
        return Bell(rung.job, rung.key)


def named_job(job: Job) -> str:
    """The name of a job in metrics."""
    return "settle" if job == SETTLE else "archive"
