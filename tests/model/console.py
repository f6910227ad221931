"""The people's part: dead letters of tasks are made due again under a replay's id, as `fixative replay` does."""

from __future__ import annotations

from datetime import timedelta

from msgspec import structs

from archive import layout
from archive.bucket import Bucket
from archive.dead_letter import DeadLetter
from archive.delivery import Replay
from archive.errors import BucketUnavailable, Missing, Taken
from archive.work import Work

SPACING = timedelta(seconds=2)


class Console:
    """One replay of everything that is dead; `begun` are the entries with their task and replay."""

    def __init__(self, bucket: Bucket, begun: dict[str, tuple[str, str]]) -> None:
        self._bucket, self._begun = bucket, begun

    def replay(self, replay_id: str) -> None:
        """Make each task of a dead letter due again, spaced in time."""
        told = Replay(id=replay_id, at=self._bucket.now(), who="ops@host", why="the host was down")
        when = self._bucket.now()
        try:
            for listed in list(self._bucket.list(layout.DEAD)):
                if not listed.key.endswith(".json") or "/delivery-" in listed.key:
                    continue
                letter = DeadLetter.from_json(self._bucket.get(listed.key).body)
                for dead in letter.works:
                    when += SPACING
                    work = self._again(dead, told)
                    key = layout.due_key(when, work.provider, work.task_id, work.origin)
                    # Noted before: a write whose answer is lost has begun all the same.
                    self._begun[key] = (work.task_id, told.id)
                    self._bucket.put_new(key, work.to_json())
        except (BucketUnavailable, Missing, Taken):
            return

    def _again(self, work: Work, told: Replay) -> Work:
        return structs.replace(work, origin=told.id, replay=told, leased=False)
