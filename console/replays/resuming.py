"""A replay that was broken off, gone on with under its own id.

the letter is gone                    settled: its task's manifest tells
an order of unknown door              left to who names it (`archive/records/told_order.py`)
the letter tells of this replay       failed again, and is not tried twice by one replay
work of this replay is due            made due before, and still worked on
else                                  made due, under the keys of the plan
... whose times are long over         the plan is written anew first: else all would be due at the same time, before live work
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import timedelta

from msgspec import structs

from archive import layout
from archive.errors import MalformedRecord, NewerRecord, Taken
from archive.library.dead_letters import Dead, read_letter
from archive.library.reading import at_once
from archive.records.replay_plan import ReplayPlan
from archive.records.told_order import is_of_unknown_door
from archive.records.unknown import carried
from archive.store.bucket import Bucket
from archive.store.record_at import record_at, record_of
from console.replays.choosing import NEWER, Choice, LeftOut, being_replayed
from console.replays.replaying import OF_UNKNOWN_DOOR, plan_of, spaced

# So late, what is left of a plan is some hundreds of items, which live work does not feel.
LATE = timedelta(minutes=1)

SETTLED = "settled: its dead letter is gone"
FAILED_AGAIN = "failed again under this replay"
DUE_ALREADY = "this replay has made it due already"


def read_plan(bucket: Bucket, replay_id: str) -> ReplayPlan | None:
    """The plan of a replay, or None.

    Raises:
        ValueError: if that is no replay's id.
        MalformedRecord: if what stands there is no plan.
        NewerRecord: if a newer version wrote it.
    """
    return record_at(bucket, layout.replay_key(replay_id), ReplayPlan)


def left_of(bucket: Bucket, plan: ReplayPlan) -> Choice:
    """What a plan has still to make due, and why the rest is left out."""
    due = set(being_replayed(bucket, plan.replay.id))
    looked = list(at_once(lambda item: look_at(bucket, item.letter), plan.items))
    return sorted_out(looked, due, plan.replay.id)


def look_at(bucket: Bucket, key: str) -> Dead | LeftOut:
    """The letter of a plan's item, or why there is nothing to do about it."""
    try:
        return read_letter(bucket, key) or LeftOut(key, SETTLED)
    except NewerRecord:
        return LeftOut(key, NEWER, fine=False)
    except MalformedRecord:
        return LeftOut(key, "the dead letter cannot be read", fine=False)


def sorted_out(looked: Sequence[Dead | LeftOut], due: Collection[tuple[str, str]], replay_id: str) -> Choice:
    """What a replay has still to make due, where work of these tasks (`due`) is under way for it."""
    choice = Choice([], [], {})
    # Of several letters of one task, one may be due and another not even written.
    letters = Counter((dead.letter.provider, dead.task_id) for dead in looked if isinstance(dead, Dead))
    single = {task for task in due if letters[task] <= 1}
    for dead in looked:
        left = dead if isinstance(dead, LeftOut) else _passed_over(dead, replay_id, single)
        if left is not None:
            choice.left_out.append(left)
        elif isinstance(dead, Dead):
            choice.items.append(dead)
    return choice


def in_time(bucket: Bucket, plan: ReplayPlan, left: Sequence[Dead]) -> ReplayPlan:
    """The plan, whose times for what is left are not long over; of two that write it anew, one wins for both."""
    key = layout.replay_key(plan.replay.id)
    while True:
        stored, now = bucket.get(key), bucket.now()
        plan = record_of(key, stored.body, ReplayPlan)
        times = plan.times
        if not left or min(times[dead.key] for dead in left) >= now - LATE:
            return plan
        anew = carried(
            structs.replace(plan, items=plan_of(plan.replay, times | spaced(left, now)).items), plan
        )
        try:
            bucket.put_over(key, anew.to_json(), etag=stored.etag)
        except Taken:
            continue
        return anew


def _passed_over(dead: Dead, replay_id: str, due: set[tuple[str, str]]) -> LeftOut | None:
    """Why a letter is not made due again; of several works one may be done and another not even written."""
    works, delivery = dead.letter.works, dead.letter.delivery
    if delivery is not None and is_of_unknown_door(delivery):
        return LeftOut(dead.name, OF_UNKNOWN_DOOR, dead.letter.reason, fine=False)  # a plan tells of no names
    if len(works) > 1:
        return None
    if dead.letter.replay_history.tells_of(replay_id):
        return LeftOut(dead.name, FAILED_AGAIN, dead.letter.reason, fine=False)
    if any((work.provider, work.task_id) in due for work in works):
        return LeftOut(dead.name, DUE_ALREADY, dead.letter.reason)
    return None
