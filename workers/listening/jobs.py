"""The jobs that bells ask for: what is heard is checked, then done."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from archive import bell
from archive.bell import SETTLE, Bell, Job, Seals
from archive.errors import ForeignBell, TryLater
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
    ) -> None:
        self._settle, self._archive, self._seals = settle, archive, seals
        self._now_unix_ms, self._done = now_unix_ms, done
        self._seldom = Seldom(log)

    def answer(self, job: Job, arguments: Sequence[Any], named: Mapping[str, Any]) -> None:
        """Do the job of a message. What is no bell of ours is told and dropped, before anything is asked of S3."""
        try:
            rung = self._believed(bell.read(job, arguments, named))
        except ForeignBell as error:
            self._seldom.tell(logging.WARNING, str(error), "dropped what is no bell of ours: %s", error)
            return
        if rung.ends_unix_ms is not None and self._now_unix_ms() > rung.ends_unix_ms:
            return  # what it rang for is somebody else's turn by now
        try:
            (self._settle if rung.job == SETTLE else self._archive)(rung.key, rung.carried)
        except TryLater as error:
            log.warning("%s put off: reason=%s detail=%s", rung.key, error.reason, error.detail)
        else:
            self._done()

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
