"""Begin a replay that is planned: its plan is written before anything is made due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from archive import layout
from archive.library.dead_letters import Dead
from archive.library.reading import at_once
from archive.records.delivery import Replay
from archive.records.replay_plan import ReplayPlan
from archive.store.bucket import Bucket
from console.replays.replaying import Begun, make_due, planned
from console.replays.resuming import in_time

# Who writes at the same time: S3 takes it, and live work does not feel it.
WRITERS = 8


class Beginning(NamedTuple):
    """A replay whose plan stands, and what of it is to be made due."""

    plan: ReplayPlan
    items: tuple[Dead, ...]

    def made_due(self, bucket: Bucket) -> Iterator[Begun]:
        """Make each item due; broken off, it is gone on with by `gone_on`."""
        replay, times = self.plan.replay, self.plan.times
        return at_once(lambda dead: make_due(bucket, dead, replay, times[dead.key]), self.items, WRITERS)


def begun(bucket: Bucket, items: Sequence[Dead], replay: Replay) -> Beginning:
    """Write the plan of a new replay. Raises Taken where one of this id was begun before."""
    plan = planned(items, replay)
    bucket.put_new(layout.replay_key(replay.id), plan.to_json())
    return Beginning(plan, tuple(items))


def gone_on(bucket: Bucket, items: Sequence[Dead], plan: ReplayPlan) -> Beginning:
    """Go on with a replay that was broken off, with what is left of it."""
    return Beginning(in_time(bucket, plan, items), tuple(items))
