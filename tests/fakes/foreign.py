"""Records as they stand in the bucket, each under its key, and what somebody else may have made of them."""

from __future__ import annotations

import json
from typing import Any

from msgspec import structs

from archive import layout
from archive.reasons import Reason
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Replay
from archive.records.order import Order
from archive.records.order_record import OrderRecord
from archive.records.record import Record
from archive.records.replay_plan import Planned, ReplayPlan
from tests.fakes.words import (
    CREATED_UNIX_S,
    DAY,
    NOW,
    TASK,
    delivery,
    heard,
    kept,
    lost,
    manifest,
    work,
)

MANIFEST = layout.manifest_key(DAY, "evolink", TASK)
LETTER = layout.dead_key(DAY, "evolink", TASK)
OTHER = f"task-unified-{CREATED_UNIX_S}-another"
DUE = layout.due_key(NOW, "evolink", TASK, "origin-a")
BAD_IDS = ["../..", "", "a", "x" * 129, "a b c", "a/b/c", "task-1\n", "\u0442ask-1", "-abcd", ".."]
LETTER_OF_TASK = DeadLetter(
    reason=Reason.SOURCE_GONE,
    at=NOW,
    provider="evolink",
    task_id=TASK,
    lost=(structs.replace(lost(), refused_key=layout.refused_key(DAY, "evolink", TASK, 0)),),
    notifications=(heard(),),
    work=work(),
)
STRAY = DeadLetter(reason=Reason.NOT_JSON, at=NOW, provider="evolink", delivery=delivery())
RECORDS: dict[str, Record] = {
    DUE: work(kept=(kept(),), lost=LETTER_OF_TASK.lost),
    MANIFEST: manifest(kept(), structs.replace(LETTER_OF_TASK.lost[0], index=1)),
    LETTER: LETTER_OF_TASK,
    layout.dead_delivery_key(DAY, "evolink", delivery().id): STRAY,
    layout.order_key("evolink", TASK): OrderRecord(
        provider="evolink", task_id=TASK, order=Order(model="m"), told_at=NOW, delivery_id="01ORDER"
    ),
    layout.replay_key("replay-01arz3ndektsv4rrffq69g5fav"): ReplayPlan(
        replay=Replay(id="replay-01arz3ndektsv4rrffq69g5fav", at=NOW, who="me"),
        items=(Planned(letter=LETTER, when=NOW),),
    ),
}


def changed(record: Record, path: list[Any], value: object) -> bytes:
    """The JSON of a record with another value in one place."""
    told_ = json.loads(record.to_json())
    inner = told_
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return json.dumps(told_).encode()
