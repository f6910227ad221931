"""How far a replay is: each of its letters is gone, tells that it failed again, or is due."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Literal, NamedTuple

from archive import layout
from archive.library.dead_letters import Dead
from archive.library.reading import at_once
from archive.records.replay_plan import Planned, ReplayPlan
from archive.store.bucket import Bucket
from console.replays.choosing import being_replayed
from console.replays.resuming import look_at
from console.web.shown import path_of

# Replays whose settled items are remembered, and the letters of one that are looked at for each answer.
REPLAYS_REMEMBERED = 50
LOOKED_AT_MOST = 500

State = Literal["back", "failed again", "under way", "not begun"]


class ReplayItem(NamedTuple):
    """One letter of a replay, and what became of it."""

    name: str
    path: str
    state: State
    reason: str


class Progress(NamedTuple):
    """All of a replay, in the order of its plan."""

    items: list[ReplayItem]

    def number(self, state: State) -> int:
        """How many are in this state."""
        return sum(item.state == state for item in self.items)

    @property
    def settled(self) -> int:
        """How many are done, either way."""
        return self.number("back") + self.number("failed again")

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.number("under way") == 0


class ReplayProgress:
    """Looks at replays; what is settled is not looked at again."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._settled: OrderedDict[str, dict[str, ReplayItem]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, plan: ReplayPlan) -> Progress:
        """How far this replay is."""
        replay_id = plan.replay.id
        due = set(being_replayed(self._bucket, replay_id))
        with self._lock:
            settled = dict(self._settled.get(replay_id, {}))
        left = [item for item in plan.items if item.letter not in settled]
        looked = dict(
            at_once(lambda item: (item.letter, self._look(item, replay_id, due)), left[:LOOKED_AT_MOST])
        )
        for item in left[LOOKED_AT_MOST:]:
            looked[item.letter] = _item(
                item, "under way" if layout.task_in_dead_key(item.letter) in due else "not begun"
            )
        settled |= {key: item for key, item in looked.items() if item.state in {"back", "failed again"}}
        with self._lock:
            self._settled[replay_id] = settled
            self._settled.move_to_end(replay_id)
            if len(self._settled) > REPLAYS_REMEMBERED:
                self._settled.popitem(last=False)
        return Progress([settled.get(item.letter) or looked[item.letter] for item in plan.items])

    def _look(self, item: Planned, replay_id: str, due: set[tuple[str, str]]) -> ReplayItem:
        there = look_at(self._bucket, item.letter)
        if not isinstance(there, Dead):
            return _item(item, "back" if there.fine else "failed again", "" if there.fine else there.why)
        if there.letter.replay_history.tells_of(replay_id):
            return _item(item, "failed again", there.letter.reason.value)
        if (there.letter.provider, there.task_id) in due or not there.of_task:
            return _item(item, "under way")
        return _item(item, "not begun")


def _item(item: Planned, state: State, reason: str = "") -> ReplayItem:
    task = layout.task_in_dead_key(item.letter)
    if task is None:
        name = item.letter.rpartition("/")[2].removesuffix(".json")
        return ReplayItem(name.replace("-", " ", 1), f"/letters/{item.letter}", state, reason)
    return ReplayItem("/".join(task), path_of("/".join(task)), state, reason)
