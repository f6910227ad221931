"""The task within what a sender wrapped around it: {"data": {...}}, {"event": "task.completed", "task": {...}}."""

from __future__ import annotations

from collections.abc import Sequence

from archive.errors import Unreadable
from archive.reasons import Reason
from providers.reading.body import BodyRead, unwrapped_object
from providers.reading.told import first_told, refuse_doubled

# Where envelopes of webhooks were seen to hold what they are about.
WRAPPERS = ("data", "task", "payload", "body")


def task_within(body: BodyRead, ids: Sequence[str], statuses: Sequence[str]) -> BodyRead:
    """The object in which id and status stand: the body's own, else the one that it is wrapped around.

    Raises:
        Unreadable: `ambiguous`, where it is wrapped around several, or a wrapper's key stands twice.
    """
    if _is_task(body, ids, statuses):
        return body
    refuse_doubled([body.told], WRAPPERS)
    inner = [unwrapped_object(body.told.get(key)) for key in WRAPPERS]
    found = [each for each in inner if each is not None and _is_task(each, ids, statuses)]
    if len(found) > 1:
        raise Unreadable(Reason.AMBIGUOUS, f"the body is wrapped around {len(found)} tasks")
    if not found:
        return body
    return BodyRead(found[0].told, tuple(sorted({*body.forgave, *found[0].forgave, "wrapped"})))


def _is_task(body: BodyRead, ids: Sequence[str], statuses: Sequence[str]) -> bool:
    return all(first_told([body.told], keys) is not None for keys in (ids, statuses))
