"""Make due again what was given up, as a plan says that was written before.

the letter of a task       its work, as a due entry under the replay's id, spaced in time behind live work
the letter of a delivery   the delivery itself, as a new batch of the inbox, marked as replayed; its door stays
"""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec import structs

from archive import layout
from archive.errors import Missing, QueueUnavailable, Taken
from archive.library.dead_letters import Dead
from archive.queue.doorbell import Doorbell
from archive.reasons import Reason
from archive.records.bounds import bounded
from archive.records.delivery import Replay
from archive.records.replay_plan import Planned, ReplayPlan
from archive.records.told_order import door_of, is_of_unknown_door
from archive.records.work import Work
from archive.store.bucket import NDJSON, Bucket
from archive.store.due import put_due

# Slower than live work comes, so that a bulk replay never stands in its way.
SPACING_S = 0.2
# Workers take entries much further ahead for a stepped clock's (an hour and more): a flood is packed closer.
LONGEST_STRETCH_S = 3000.0
# A bell for work that is due later than this is passed over by the worker.
RING_AHEAD = timedelta(seconds=0.5)
OF_UNKNOWN_DOOR = (
    "an older version replayed it, which did not keep whether your own programs told it or a stranger with a "
    "callback URL did: name this delivery to replay it as your order"
)
# The entries of one task and replay differ by their time alone.
APART = timedelta(milliseconds=50)


@dataclass
class Entry:
    """What was written for an item: under which key, due when; `rung` once its bell was rung."""

    key: str
    when: datetime
    body: bytes
    work: Work | None
    rung: bool = False


@dataclass(frozen=True)
class Begun:
    """An item that was made due: an entry for each set of sources that was told of, or its delivery."""

    dead: Dead
    entries: tuple[Entry, ...]

    @property
    def key(self) -> str:
        """The key of its first entry."""
        return self.entries[0].key


def new_replay(now: datetime, why: str, *, by: str = "", replay_id: str = "") -> Replay:
    """A replay that begins now, by whoever runs the command, or by the one that is said."""
    return bounded(Replay(id=replay_id or layout.replay_id(now), at=now, who=by or who(), why=why))


def planned(items: Sequence[Dead], replay: Replay) -> ReplayPlan:
    """When each item of a replay becomes due, from its beginning on."""
    return plan_of(replay, spaced(items, replay.at))


def plan_of(replay: Replay, times: Mapping[str, datetime]) -> ReplayPlan:
    """The plan of these letters, by their keys, and their times."""
    return ReplayPlan(
        replay=replay, items=tuple(Planned(letter=key, when=when) for key, when in times.items())
    )


def spaced(items: Sequence[Dead], now: datetime) -> dict[str, datetime]:
    """When each letter becomes due, by its key, from now on, the most urgent first."""
    ordered = in_order(items, now)
    return {dead.key: when for dead, when in zip(ordered, times_of(len(ordered), now), strict=True)}


def why_not(dead: Dead, *, named: bool) -> str | None:
    """Why a letter is not replayed, or None."""
    letter = dead.letter
    if letter.reason is Reason.MALFORMED_RECORD:
        return "an object of ours that nobody can read is no delivery; mend it by hand"
    if letter.reason is Reason.TOO_MANY_SOURCES and letter.works and not named:
        return "its task has no room for these images: name this letter's delivery to try all the same"
    if letter.reason is Reason.CONFLICTING_DELIVERY and not named:
        return (
            "the task was whole already and one of the two may be forged: "
            "name this letter's delivery to replay it"
        )
    if letter.delivery is not None and is_of_unknown_door(letter.delivery) and not named:
        return OF_UNKNOWN_DOOR
    if not letter.works and letter.delivery is None:
        return "the letter holds neither work nor a delivery"
    return None


def in_order(items: Sequence[Dead], now: datetime) -> list[Dead]:
    """What dies soonest first; then what can only come by a fresh link."""

    def dies(dead: Dead) -> tuple[bool, float]:
        alive = [work.expires_at for work in dead.letter.works if work.expires_at > now]
        return not alive, (min(alive) if alive else dead.moment).timestamp()

    return sorted(items, key=dies)


def make_due(bucket: Bucket, dead: Dead, replay: Replay, when: datetime) -> Begun:
    """Write one item's work, or its delivery; nothing is rung yet. Done again, it writes the same keys."""
    works = dead.letter.works
    if works:
        return Begun(
            dead,
            tuple(_put_work(bucket, work, replay, when + APART * place) for place, work in enumerate(works)),
        )
    delivery = dead.letter.delivery
    assert delivery is not None
    # A replay is a trace of its own: that of the first way ended with its letter.
    again = structs.replace(delivery, via=door_of(delivery), replay=replay, trace=None)
    line = again.to_json() + b"\n"
    key = batch_key(replay, dead.key, when)
    try:
        bucket.put_new(key, line, content_type=NDJSON)
    except Taken:
        # Made due before by this very replay, by another version of ours.
        line = _there(bucket, key) or line
    return Begun(dead, (Entry(key, when, line, None),))


def batch_key(replay: Replay, letter: str, when: datetime) -> str:
    """Where the delivery of a letter is due again, under the letter's key and its time."""
    return layout.inbox_key(layout.batch_id_of(when, f"{replay.id} {letter}"))


def _put_work(bucket: Bucket, work: Work, replay: Replay, when: datetime) -> Entry:
    again = structs.replace(work.afresh, origin=replay.id, replay=replay, leased=False)
    # What stands there was made due before by this very replay, from what the letter said then; unless it is of
    # another letter of the task, at the same millisecond.
    placed = put_due(bucket, again, when, same=lambda there: there.sources == again.sources)
    return Entry(placed.key, placed.when, placed.work.to_json(), placed.work)


def _there(bucket: Bucket, key: str) -> bytes:
    """What stands under a key; nothing if that is gone by now, done by a worker."""
    try:
        return bucket.get(key).body
    except Missing:
        return b""


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
        """Ring for what has come due and was not rung for."""
        now = self._bucket.now()
        for entry in (entry for item in begun for entry in item.entries):
            if not entry.rung and not self.trouble and entry.when <= now + RING_AHEAD:
                entry.rung = True
                try:
                    self._ring(entry, now)
                except QueueUnavailable as error:
                    # Each further try would wait a second for the same answer.
                    self.trouble = error.detail

    def _ring(self, entry: Entry, now: datetime) -> None:
        if entry.work is None:
            self._doorbell.ring_settle(entry.key, entry.body)
            return
        # A link that is dead already is in no hurry.
        alive = entry.work.expires_at if entry.work.expires_at > now else None
        self._doorbell.ring_archive(entry.key, entry.body, expires_at=alive, now=now)


def who() -> str:
    """User and host."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user has no name
        user = f"uid-{os.getuid()}"
    return f"{user}@{socket.gethostname()}"
