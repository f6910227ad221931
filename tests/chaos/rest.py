"""Waiting for rest: inbox/, due/, spool and queue empty, within a bound that is computed, not guessed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import redis
from botocore.exceptions import BotoCoreError, ClientError

from tests.chaos.house import House
from tests.chaos.size import LEASES
from tests.system.stack import until

log = logging.getLogger(__name__)

QUEUES = ("short", "urgent", "inbox", "due")


def queues_of(house: House) -> tuple[str, ...]:
    """The lists in Redis that bells of this house wait in, as docs/processes.md names them."""
    stack = house.stack
    digest = hashlib.sha256(f"s3://{stack.bucket}/{stack.prefix}".encode()).hexdigest()[:12]
    return tuple(f"fixative-{digest}-{kind}" for kind in QUEUES)


GRID_S = 30.0
# Callbacks end when nobody tries again: the longest pause between two tries is 4 s, and a try takes up to 10.
QUIET_S = 6.0
QUIET_WITHIN_S = 90.0
# A machine under load may be slow; a rate is not taken for lower than this.
LEAST_RATE = 2.0


@dataclass(frozen=True)
class Backlog:
    """What is not at rest."""

    inbox: int
    due: list[str]
    spool: list[str]
    queue: int
    farthest_s: float

    @property
    def rest(self) -> bool:
        """Whether all is at rest."""
        return not (self.inbox or self.due or self.spool or self.queue)

    def bound_s(self, rate: float, link_life_s: float, silent_endings: int) -> float:
        """Longest retry + two leases (stretched by silent endings, on their grid) + backlog / rate + a link's life.

        What is due farthest away sets the lease that is waited for first. A link that is dead is given up when its
        life is over, and one may have been told of just now.
        """
        lease_s = float(LEASES["LEASE_S"]) * 2.0 ** min(silent_endings, 4) + GRID_S
        work = (self.inbox + len(self.due)) / max(rate, LEAST_RATE)
        retry_s = max(self.farthest_s, lease_s) + float(LEASES["RETRY_MOST_S"])
        return retry_s + 2 * lease_s + work + link_life_s

    def __str__(self) -> str:
        return (
            f"inbox {self.inbox}, due {len(self.due)} (the farthest in {self.farthest_s:.0f} s), "
            f"spool {len(self.spool)}, queue {self.queue}"
        )


def backlog(house: House) -> Backlog:
    """What is not at rest now."""
    due = house.stack.keys("due/")
    far = max((_seconds_to(key) for key in due), default=0.0)
    return Backlog(
        inbox=len(house.stack.keys("inbox/")),
        due=due,
        spool=sorted(
            path.name
            for path in house.spool.folder.glob("*")
            if path.suffix in {".spool", ".damaged", ".new"}
        ),
        queue=_waiting(house),
        farthest_s=far,
    )


def callbacks_over(house: House) -> None:
    """Wait until no callback is tried any more."""
    until(
        "the last callback",
        lambda: time.monotonic() - house.ledger.last_at > QUIET_S,
        QUIET_WITHIN_S,
    )


def rested(house: House, rate: float, link_life_s: float) -> tuple[float, float, Backlog]:
    """Wait for rest; how long it took, the bound, and what was left at its end."""
    began = time.monotonic()
    until("S3 and Redis to answer", lambda: _backlog_or_none(house), 60)
    left = backlog(house)
    # Asked once: to read every entry at each look would be most of what a wait costs.
    endings = max((_silent_endings(house, key) for key in left.due[:200]), default=0)
    bound_s = left.bound_s(rate, link_life_s, endings)
    log.info("waiting for rest, at most %.0f s: %s, at most %d silent endings", bound_s, left, endings)

    def at_rest() -> bool:
        nonlocal left
        left = _backlog_or_none(house) or left
        return left.rest

    with contextlib.suppress(AssertionError):
        until("rest", at_rest, bound_s, 0.5)
    return time.monotonic() - began, bound_s, left


def _backlog_or_none(house: House) -> Backlog | None:
    try:
        return backlog(house)
    except (BotoCoreError, ClientError, redis.RedisError):
        return None


def _waiting(house: House) -> int:
    client = redis.Redis.from_url(house.stack.line["redis"], socket_timeout=2)
    try:
        lengths: list[Any] = [client.llen(name) for name in queues_of(house)]
        return sum(int(length) for length in lengths)
    finally:
        client.close()


def _seconds_to(key: str) -> float:
    """How far away the time in a due entry's key is."""
    when = datetime.strptime(
        key.removeprefix("due/").removeprefix("00-").split("~")[0], "%Y%m%dT%H%M%S.%fZ"
    ).replace(tzinfo=UTC)
    return (when - datetime.now(UTC)).total_seconds()


def _silent_endings(house: House, key: str) -> int:
    try:
        return int(json.loads(house.stack.read(key)).get("silent_endings", 0))
    except ClientError:
        return 0  # it is done
