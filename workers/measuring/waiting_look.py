"""All that waits, which one worker looks at every minute: how much, and for how long the most urgent link still lives.

The sweep sees only what is due, and as much of it as there is room to ring for. So somebody lists all of `due/`, up
to a bound, and reads what nobody has read yet: an entry never changes under its key.

Which worker does is settled by a turn in Redis, and by nobody where Redis is away: then each looks. No work hangs on it.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from archive import layout
from archive.errors import MalformedRecord, NewerRecord, QueueUnavailable
from archive.library.reading import read_all
from archive.records.work import INSTEAD_ORIGIN, Work
from archive.store.bucket import Bucket
from runtime.guarded import Guarded
from runtime.seldom import Seldom

log = logging.getLogger(__name__)

LOOK_EVERY_S = 60.0
# A turn ends before the next one is due, so that a minute is not left out by a hair.
TURN_S = 45
# Ten pages; more waits than anybody needs to know by the entry.
ENTRIES_MOST = 10_000
# In one look; a backlog of thousands is known after a few.
READ_MOST = 500
# A look that is older is not told any more: nobody can look.
TOLD_S = 180.0
# What is told where no link waits: longer than that none lives.
NOTHING_WAITS_S = 86_400.0


class _Known(NamedTuple):
    """What is remembered of an entry: when its links die, and whether it is an order that somebody has asked for."""

    dies_at: datetime | None
    order: bool
    asked: bool


class AllThatWaits(NamedTuple):
    """What one look came to. `dies_at` is when the first link dies."""

    at: datetime
    now: int
    later: int
    overdue: int
    unread: int
    dies_at: datetime | None

    def most_urgent_s(self, now: datetime) -> float:
        """How long the first link lives still."""
        return (self.dies_at - now).total_seconds() if self.dies_at else NOTHING_WAITS_S


class WaitingLook:
    """Looks from `start` to `stop`. `my_turn` says whether this worker is the one, or raises QueueUnavailable."""

    def __init__(
        self, bucket: Bucket, my_turn: Callable[[int], bool], *, every_s: float = LOOK_EVERY_S
    ) -> None:
        self._bucket, self._my_turn, self._every_s = bucket, my_turn, every_s
        self._seldom = Seldom(log)
        self._known: dict[str, _Known | None] = {}
        self._seen: tuple[float, AllThatWaits] | None = None
        self._thread = Guarded("look", self._look_in_turn, first_s=min(2.0, every_s), pause_most_s=every_s)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """End, within the time given."""
        self._thread.stop(timeout_s)

    def seen(self) -> AllThatWaits | None:
        """The last look, as long as it is worth telling."""
        seen = self._seen
        return seen[1] if seen is not None and time.monotonic() - seen[0] < TOLD_S else None

    def look(self) -> AllThatWaits:
        """List what waits, and read what is new. Raises BucketUnavailable."""
        keys = [entry.key for entry in self._bucket.list(layout.DUE, most=ENTRIES_MOST)]
        new = [key for key in keys if key not in self._known]
        self._known = {key: self._known[key] for key in keys if key in self._known}
        for key, body in read_all(self._bucket, new[:READ_MOST]):
            self._known[key] = _known(body)
        now = self._bucket.now()
        due = sum(_when(key, now) <= now for key in keys)
        known = {key: told for key, told in self._known.items() if told is not None}
        waits = AllThatWaits(
            at=now,
            now=due,
            later=len(keys) - due,
            overdue=sum(told.order and (told.asked or _when(key, now) <= now) for key, told in known.items()),
            unread=len(keys) - len(known),
            dies_at=min((told.dies_at for told in known.values() if told.dies_at), default=None),
        )
        self._seen = time.monotonic(), waits
        return waits

    def _look_in_turn(self) -> float:
        try:
            mine = self._my_turn(min(TURN_S, max(1, int(self._every_s))))
        except QueueUnavailable as error:
            self._seldom.tell(logging.INFO, "turn", "look: each worker looks, as Redis is away: %s", error)
            mine = True
        if mine:
            self.look()
        else:
            self._seen = None  # another looks, and two would contradict each other
        return self._every_s * random.uniform(0.9, 1.1)  # noqa: S311 - jitter


def _known(body: bytes) -> _Known | None:
    """What an entry tells; None of one that cannot be read here."""
    try:
        work = Work.from_json(body)
    except (MalformedRecord, NewerRecord):
        return None
    if work.looked_at_again:  # given up already: no link of it is waited for
        return _Known(None, order=False, asked=False)
    order = work.kind == "ask" and work.origin != INSTEAD_ORIGIN
    return _Known(
        work.expires_at if work.kind == "archive" else None,
        order=order,
        asked=order and bool(work.tries or work.claimant),
    )


def _when(key: str, now: datetime) -> datetime:
    """When an entry is due; a key that tells none is due now."""
    try:
        return layout.read_due_key(key).when
    except ValueError:
        return now - timedelta(seconds=1)


def told(look: WaitingLook, figure: Callable[[AllThatWaits], float]) -> Callable[[], float | None]:
    """A gauge's reading of the last look."""

    def read() -> float | None:
        seen = look.seen()
        return None if seen is None else figure(seen)

    return read
