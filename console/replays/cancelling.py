"""Cancel a replay: what of it nobody has begun is due no more. Its letters stand, so nothing is lost.

What a worker has in hand goes on to its end. The plan says first who cancelled it, so that who is still making its
items due stops, and takes back what came after.
"""

from __future__ import annotations

from contextlib import suppress

from msgspec import structs

from archive import layout
from archive.errors import MalformedRecord, Missing, NewerRecord
from archive.library.task_file import MOST_DUE
from archive.records.bounds import bounded
from archive.records.dismissal import Dismissal
from archive.records.replay_plan import ReplayPlan
from archive.records.work import Work
from archive.store.bucket import Bucket
from archive.store.record_at import record_at
from archive.store.swap import change
from console.replays.replaying import batch_key


def cancel(bucket: Bucket, replay_id: str, said: Dismissal) -> int | None:
    """Cancel it; how many entries were taken back, or None where there is no such plan. Twice comes to the same.

    Raises:
        ValueError: if that is no replay's id.
        NewerRecord: if a newer version wrote the plan.
    """
    key = layout.replay_key(replay_id)
    said = bounded(said)
    plan = change(bucket, key, ReplayPlan, lambda there: _cancelled(there, said))
    return None if plan is None else take_back(bucket, plan)


def take_back(bucket: Bucket, plan: ReplayPlan) -> int:
    """Remove what of a replay nobody has begun."""
    taken = 0
    for listed in bucket.list(layout.DUE, most=MOST_DUE):
        with suppress(ValueError):
            if layout.read_due_key(listed.key).origin == plan.replay.id and _nobodys(bucket, listed.key):
                bucket.delete(listed.key)
                taken += 1
    for item in plan.items:
        if "/delivery-" in item.letter:
            key = batch_key(plan.replay, item.letter, item.when)
            if any(listed.key == key for listed in bucket.list(key, most=1)):
                bucket.delete(key)
                taken += 1
    return taken


def is_cancelled(bucket: Bucket, replay_id: str) -> bool:
    """Whether somebody cancelled it."""
    plan = record_at(bucket, layout.replay_key(replay_id), ReplayPlan)
    return plan is not None and plan.cancelled is not None


def _cancelled(plan: ReplayPlan, said: Dismissal) -> ReplayPlan:
    return plan if plan.cancelled else structs.replace(plan, cancelled=said)


def _nobodys(bucket: Bucket, key: str) -> bool:
    """Whether no worker has it in hand."""
    try:
        work = record_at(bucket, key, Work)
    except (MalformedRecord, NewerRecord, Missing):
        return False
    return work is not None and not work.leased
