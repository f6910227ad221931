"""The real run in place, and the laws of when it may run: no state tells that somebody was too late and lucky."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, cast

from archive import layout
from archive.records.work import Work
from archive.store.bucket import Bucket
from tests.fakes.words import NOW
from tests.model.actor import acting
from tests.model.trace import Trace
from workers.account import Account
from workers.close_task import CloseTask
from workers.placing import Said
from workers.settling.in_place import InPlace

# Of the 60 s after which the sweep rings for a batch: a run begins in the first quarter, and writes in the first half.
GRACE_S, BEGUN_BY_S, WRITES_BY_S = 60.0, 15.0, 30.0


class ModelInPlace(InPlace):
    """Watches what its base does. Actors in place have the lease of their batch."""

    def __init__(self, bucket: Bucket, trace: Trace, **parts: Any) -> None:
        super().__init__(bucket, **parts)
        self._trace = trace
        self._close = cast("CloseTask", _Watched(self._close, self._within))

    def work(self, inbox_key: str, works: Mapping[Said, Work], account: Account) -> frozenset[Said]:
        actor = acting()
        assert actor is not None
        gathered_s = (layout.inbox_time(inbox_key) - NOW).total_seconds()
        actor.batch_of_s, actor.lease_until_s = gathered_s, gathered_s + GRACE_S
        actor.tasks = {work.task_id for work in works.values()}
        try:
            ended = super().work(inbox_key, works, account)
        except Exception as error:
            self._trace.violated("raised", f"{type(error).__name__}: {error}")
            raise
        actor.batch_of_s = None
        self._trace.note("IN PLACE", inbox_key, f"{len(ended)} of {len(works)} ended")
        return ended

    def _deadline(self, seconds: float) -> float:
        """What hangs is out of time immediately."""
        del seconds
        actor = acting()
        assert actor is not None
        self._within(BEGUN_BY_S, "begun")
        return time.monotonic()

    def _within(self, most_s: float, what: str) -> None:
        actor = acting()
        assert actor is not None
        assert actor.batch_of_s is not None
        age_s = self._trace.now_s - actor.batch_of_s
        if not 0.0 <= age_s <= most_s:
            self._trace.violated("in_place_late", f"{what} when its batch was {age_s:.0f}s old")


class _Watched:
    """What ends tasks, where it may begin to."""

    def __init__(self, close: CloseTask, within: Callable[[float, str], None]) -> None:
        self._close, self._within = close, within

    def close(self, *asked: Any, **more: Any) -> bool:
        self._within(WRITES_BY_S, "written")
        return self._close.close(*asked, **more)
