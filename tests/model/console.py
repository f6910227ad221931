"""The people's part: `fixative replay` of everything that is dead, and `--resume` of what was broken off.

The command reads many letters at the same time, by threads. The model has none, so it takes the command's steps
one by one; what it decides and what it writes is the command's own code.
"""

from __future__ import annotations

from datetime import datetime

from archive import layout
from archive.errors import BucketUnavailable
from archive.library.dead_letters import Dead, read_letter
from archive.records.delivery import Replay
from archive.store.bucket import Bucket
from console.replays.choosing import being_replayed
from console.replays.replaying import make_due, planned, why_not
from console.replays.resuming import in_time, look_at, read_plan, sorted_out


class Console:
    """Replays by one person. `broken_off` are the ids of those that have not come to their end.

    Where conflicts are `named`, each of them is replayed too, as if a person had named it.
    """

    def __init__(self, bucket: Bucket, broken_off: set[str], *, named: bool) -> None:
        self._bucket, self._broken_off, self._named = bucket, broken_off, named

    def replay(self, replay_id: str) -> None:
        """Make everything due again that is dead, spaced in time."""
        self._broken_off.add(replay_id)
        told = Replay(id=replay_id, at=self._bucket.now(), who="ops@host", why="the host was down")
        try:
            plan = planned(self._dead(), told)
            self._bucket.put_new(layout.replay_key(replay_id), plan.to_json())
            for item in plan.items:
                dead = read_letter(self._bucket, item.letter)
                if dead is not None:
                    self._make_due(dead, told, item.when)
        except BucketUnavailable:
            return
        self._broken_off.discard(replay_id)

    def resume(self, replay_id: str) -> None:
        """Go on with a replay that was broken off, where its plan was written."""
        try:
            plan = read_plan(self._bucket, replay_id)
            if plan is None:
                return
            due = set(being_replayed(self._bucket, replay_id))
            looked = [look_at(self._bucket, item.letter) for item in plan.items]
            left = sorted_out(looked, due, replay_id).items
            plan = in_time(self._bucket, plan, left)
            for dead in left:
                self._make_due(dead, plan.replay, plan.times[dead.key])
        except BucketUnavailable:
            return
        self._broken_off.discard(replay_id)

    def _dead(self) -> list[Dead]:
        keys = [listed.key for listed in self._bucket.list(layout.DEAD) if listed.key.endswith(".json")]
        letters = [dead for key in keys if (dead := read_letter(self._bucket, key)) is not None]
        return [dead for dead in letters if why_not(dead, named=self._named) is None]

    def _make_due(self, dead: Dead, told: Replay, when: datetime) -> None:
        make_due(self._bucket, dead, told, when)
