"""Make due again what was given up.

the letter of a task       its work, as a due entry under the replay's id, spaced in time behind live work
the letter of a delivery   the delivery itself, as a new batch of the inbox, marked as replayed
"""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec import structs
from ulid import ULID

from archive import layout
from archive.bucket import NDJSON, Bucket
from archive.delivery import Replay
from archive.doorbell import Doorbell
from archive.errors import QueueUnavailable
from archive.reasons import Reason
from console.dead_letters import Dead

# Slower than live work comes, so that a bulk replay never stands in its way.
SPACING_S = 0.2
# Workers take entries much further ahead for a stepped clock's (an hour and more): a flood is packed closer.
LONGEST_STRETCH_S = 3000.0
# A bell for work that is due later than this is passed over by the worker.
RING_AHEAD = timedelta(seconds=0.5)
PREFIX = "replay-"


@dataclass
class Begun:
    """An item that was made due: under which key, and when; `rung` once its bell is rung or not needed."""

    dead: Dead
    key: str
    when: datetime
    body: bytes
    rung: bool = False


def new_replay(now: datetime, why: str) -> Replay:
    """A replay that begins now, by whoever runs the command."""
    return Replay(id=f"{PREFIX}{str(ULID.from_datetime(now)).lower()}", at=now, who=_who(), why=why)


def why_not(dead: Dead, *, named: bool) -> str | None:
    """Why a letter is not replayed, or None."""
    letter = dead.letter
    if letter.reason is Reason.MALFORMED_RECORD:
        return "an object of ours that nobody can read is no delivery; mend it by hand"
    if letter.reason is Reason.CONFLICTING_DELIVERY and not named:
        return (
            "the task was whole already and one of the two may be forged: "
            "name this letter's delivery to replay it"
        )
    if letter.work is None and letter.delivery is None:
        return "the letter holds neither work nor a delivery"
    return None


def in_order(items: Sequence[Dead], now: datetime) -> list[Dead]:
    """What dies soonest first; then what can only come by a fresh link."""

    def dies(dead: Dead) -> tuple[bool, float]:
        work = dead.letter.work
        if work is None or work.expires_at <= now:
            return True, dead.moment.timestamp()
        return False, work.expires_at.timestamp()

    return sorted(items, key=dies)


def make_due(bucket: Bucket, dead: Dead, replay: Replay, when: datetime) -> Begun:
    """Write one item's work, or its delivery; nothing is rung yet."""
    letter = dead.letter
    if letter.work is not None:
        work = structs.replace(
            letter.work,
            origin=replay.id,
            replay=replay,
            leased=False,
            starts=1,
            tries=0,
            silent_endings=0,
            claimant="",
            trouble=None,
            kept=(),
            lost=(),
        )
        key = layout.due_key(when, work.provider, work.task_id, work.origin)
        bucket.put_new(key, work.to_json())
        return Begun(dead, key, when, work.to_json())
    assert letter.delivery is not None
    line = structs.replace(letter.delivery, via="replay", replay=replay).to_json() + b"\n"
    key = layout.inbox_key(layout.batch_id(bucket.now()))
    bucket.put_new(key, line, content_type=NDJSON)
    return Begun(dead, key, bucket.now(), line)


def times_of(count: int, now: datetime) -> list[datetime]:
    """When each of so many items becomes due."""
    spacing_s = min(SPACING_S, LONGEST_STRETCH_S / max(count, 1))
    return [now + timedelta(seconds=spacing_s * place) for place in range(count)]


class Bells:
    """Rings for what was made due, as its time comes. Redis may be away: the sweep finds the work."""

    def __init__(self, bucket: Bucket, doorbell: Doorbell) -> None:
        self._bucket, self._doorbell = bucket, doorbell
        self.trouble = ""

    def ring(self, begun: Sequence[Begun]) -> None:
        """Ring for those whose time has come and that were not rung for."""
        for item in begun:
            if not item.rung and not self.trouble and item.when <= self._bucket.now() + RING_AHEAD:
                item.rung = True
                try:
                    self._ring(item)
                except QueueUnavailable as error:
                    # Each further try would wait a second for the same answer.
                    self.trouble = error.detail

    def _ring(self, item: Begun) -> None:
        work, now = item.dead.letter.work, self._bucket.now()
        if work is None:
            self._doorbell.ring_settle(item.key, item.body)
            return
        # A link that is dead already is in no hurry.
        alive = work.expires_at if work.expires_at > now else None
        self._doorbell.ring_archive(item.key, item.body, expires_at=alive, now=now)


def _who() -> str:
    """User and host."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user has no name
        user = f"uid-{os.getuid()}"
    return f"{user}@{socket.gethostname()}"
