"""What became of a replay: each of its items is looked at until it is settled.

archived        the manifest is whole
failed again    the manifest or a dead letter tells of this replay, and images are missing
unreadable      no reader understands the delivery yet
left alone      a newer version wrote what tells of it
ended           the task turned out failed or cancelled; its manifest says so
not finished    the delivery says that the task was not finished: there is nothing to keep
still due       none of that within the time given
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archive.errors import NewerRecord, Unreadable
from archive.library.dead_letters import Dead, read_letter
from archive.library.reading import at_once
from archive.library.task_file import due_of, look
from archive.records.dead_letter import DeadLetter
from archive.records.manifest import Manifest
from archive.records.notification import Notification
from archive.records.work import Work
from archive.store.bucket import Bucket
from console.replays.replaying import Begun
from providers.reading.delivered import told_by

GOOD = frozenset({"archived", "ended", "not finished"})


class ReplayOutcome(NamedTuple):
    """What became of an item."""

    name: str
    outcome: str
    reason: str = ""
    detail: str = ""
    key: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing is left to be done."""
        return self.outcome in GOOD


def outcomes(bucket: Bucket, begun: Sequence[Begun], replay_id: str) -> list[ReplayOutcome | None]:
    """What became of each, in their order; None of those that are not settled yet."""
    return list(at_once(lambda item: outcome_of(bucket, item, replay_id), begun))


def outcome_of(bucket: Bucket, item: Begun, replay_id: str) -> ReplayOutcome | None:
    """What became of one item, or None."""
    try:
        return _outcome_of(bucket, item, replay_id)
    except NewerRecord as error:
        return ReplayOutcome(item.dead.name, "left alone", error.reason, error.detail)


def _outcome_of(bucket: Bucket, item: Begun, replay_id: str) -> ReplayOutcome | None:
    dead = item.dead
    if dead.letter.works:
        return _of_works(bucket, dead, dead.letter.works[0], replay_id)
    there = read_letter(bucket, dead.key)
    again = there.letter if there else None
    if again is not None and _tells(again, replay_id):
        return ReplayOutcome(dead.name, "unreadable", again.reason, again.detail, dead.key)
    if _is_there(bucket, item.key):
        return None
    told = _told(item)
    if told is None:
        return ReplayOutcome(dead.name, "ended") if again is None else None
    if told.status == "unfinished":
        return ReplayOutcome(dead.name, "not finished", detail="the dead letter stays", key=dead.key)
    return _of_task(bucket, dead.name, told.provider, told.task_id, replay_id, by_task=True)


def _of_works(bucket: Bucket, dead: Dead, work: Work, replay_id: str) -> ReplayOutcome | None:
    """What became of a task's work; bad news is no news while more of this replay is due for it."""
    there = None if dead.of_task else read_letter(bucket, dead.key)
    outcome = (
        _of_task(bucket, dead.name, work.provider, work.task_id, replay_id, by_task=dead.of_task)
        if there is None
        else _of_conflict(there, replay_id)
    )
    if outcome is not None and not outcome.good:
        left = [due for due in due_of(bucket, work.task_id) if due.due.origin == replay_id]
        return None if left else outcome
    return outcome


def _of_conflict(there: Dead, replay_id: str) -> ReplayOutcome | None:
    """A conflict stays one while its letter stands: the letter tells of the replay, and of what that has lost."""
    if not _tells(there.letter, replay_id):
        return None
    lost = there.letter.lost
    reason = lost[0].reason if lost else there.letter.reason
    return ReplayOutcome(there.name, "failed again", reason, f"{len(lost)} lost", there.key)


def still_due(item: Begun) -> ReplayOutcome:
    """What is said of an item that was not settled within the time given."""
    return ReplayOutcome(item.dead.name, "still due", key=item.key)


def _of_task(
    bucket: Bucket, name: str, provider: str, task_id: str, replay_id: str, *, by_task: bool
) -> ReplayOutcome | None:
    """What became of a task; of a conflicting delivery only what tells of this very replay counts."""
    file = look(bucket, provider, task_id)
    if file is None:
        return None
    if file.newer:
        raise NewerRecord(f"{file.newer[0]}: a newer version wrote it")
    manifest, letter = file.manifest, file.letter
    if manifest is not None and _of_replay(manifest, replay_id, by_task=by_task):
        if manifest.whole:
            return ReplayOutcome(name, "archived", key=file.manifest_key)
        if manifest.status != "completed":
            return ReplayOutcome(name, "ended", detail=manifest.status, key=file.manifest_key)
        reason = manifest.lost[0].reason if manifest.lost else ""
        return ReplayOutcome(name, "failed again", reason, f"{len(manifest.lost)} lost", file.manifest_key)
    if letter is not None and _tells(letter, replay_id):
        return ReplayOutcome(name, "failed again", letter.reason, letter.detail, file.dead_key)
    return None


def _of_replay(manifest: Manifest, replay_id: str, *, by_task: bool) -> bool:
    return manifest.replay_history.tells_of(replay_id) or (by_task and manifest.whole)


def _tells(letter: DeadLetter, replay_id: str) -> bool:
    return letter.replay_history.tells_of(replay_id)


def _told(item: Begun) -> Notification | None:
    """What the delivery says, by the readers of this version; the worker's may know more."""
    delivery = item.dead.letter.delivery
    assert delivery is not None
    try:
        return told_by(delivery)
    except Unreadable:
        return None


def _is_there(bucket: Bucket, key: str) -> bool:
    """Whether an object stands under this very key."""
    return any(listed.key == key for listed in bucket.list(key, most=1))
