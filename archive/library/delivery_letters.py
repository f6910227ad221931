"""The dead letters of deliveries, found by the task that they name.

They stand under their delivery's id, since the task has a letter of its own, or may have. No key tells their task, so
they are read: those of the task's day and later, else those of a month.
"""

from __future__ import annotations

import re
from datetime import timedelta

import msgspec

from archive import layout
from archive.errors import MalformedRecord, NewerRecord
from archive.library.dead_letters import Dead
from archive.library.naming import DAYS_BACK, MOST_LOOKED_AT
from archive.library.reading import read_all
from archive.records.dead_letter import DeadLetter
from archive.store.bucket import Bucket
from archive.store.record_at import record_of

# Of more the newest are read: whoever has a callback URL can make any number of them.
MOST_READ = 2_000
_OF_DELIVERY = re.compile(r"dead/\d{4}/\d{2}/\d{2}/[^/]+/delivery-[^/]+\.json")


def letters_of(bucket: Bucket, task_id: str) -> list[Dead]:
    """The letters of deliveries that name this task, of whichever provider, the oldest first.

    What cannot be read here is left out: `fixative failed` tells of it.
    """
    as_written = msgspec.json.encode(task_id)[1:-1]
    # A delivery may be filed under the day before its task's, where clocks differ.
    made_on = layout.day_in(task_id)
    first = made_on - timedelta(days=1) if made_on else bucket.now().date() - timedelta(days=DAYS_BACK)
    listed = bucket.list(layout.DEAD, after=f"{layout.DEAD}{first:%Y/%m/%d}", most=MOST_LOOKED_AT)
    keys = [each.key for each in listed if _OF_DELIVERY.fullmatch(each.key)]
    found = [
        dead
        for key, body in read_all(bucket, keys[-MOST_READ:])
        if as_written in body and (dead := _letter(key, body)) is not None
    ]
    return [dead for dead in found if dead.task_id == task_id]


def _letter(key: str, body: bytes) -> Dead | None:
    try:
        return Dead(key, record_of(key, body, DeadLetter))
    except (MalformedRecord, NewerRecord):
        return None
