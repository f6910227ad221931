"""Looks into the bucket until a task has ended: by a manifest, or by a dead letter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from archive import layout
from archive.errors import Missing
from archive.records.dead_letter import DeadLetter
from archive.records.manifest import Manifest
from archive.records.work import Work
from archive.store.bucket import Bucket
from archive.task_ids import told_or_as_it_is


@dataclass(frozen=True)
class TaskSeen:
    """What the bucket says of a task; nothing yet while both are None."""

    manifest: Manifest | None = None
    letter: DeadLetter | None = None

    @property
    def ending(self) -> str | None:
        """How it ended: a status, or the reason of a dead letter; None: not yet."""
        if self.letter:
            return str(self.letter.reason)
        return self.manifest.status if self.manifest else None


def look(bucket: Bucket, task_ids: set[str]) -> dict[str, TaskSeen]:
    """What the bucket says of these tasks. One listing for all: the keys tell whose they are."""
    found: dict[str, TaskSeen] = dict.fromkeys(task_ids, TaskSeen())
    for key in _keys(bucket):
        task_id = _task_of(key)
        if task_id in found:
            found[task_id] = _with(found[task_id], bucket, key)
    return found


@dataclass(frozen=True)
class SeenWaiting:
    """Work that was put off: why, when it is tried next, and when its link dies."""

    trouble: str
    next_try: datetime
    link_dies_at: datetime


def waiting(bucket: Bucket, task_id: str) -> SeenWaiting | None:
    """What is put off of a task; None while nothing is."""
    for listed in bucket.list(layout.DUE):
        due = layout.read_due_key(listed.key)
        if due.task_id != task_id:
            continue
        try:
            work = Work.from_json(bucket.get(listed.key).body)
        except Missing:  # taken up just now
            continue
        if work.trouble and not work.leased:
            return SeenWaiting(work.trouble, due.when, work.expires_at)
    return None


def _keys(bucket: Bucket) -> Iterator[str]:
    """The keys of what ended lately. A demo over midnight has tasks on two days."""
    today = bucket.now().date()
    for day in (today - timedelta(days=1), today):
        for folder in (layout.TASKS, layout.DEAD):
            for listed in bucket.list(f"{folder}{day:%Y/%m/%d}/"):
                yield listed.key


def _task_of(key: str) -> str:
    """The task that a manifest's or dead letter's key names; an empty text for other keys."""
    name = key.rsplit("/", 1)[-1]
    if key.startswith(layout.TASKS):
        return told_or_as_it_is(key.split("/")[-2]) if name == "manifest.json" else ""
    return told_or_as_it_is(name.removesuffix(".json")) if name.endswith(".json") else ""


def _with(seen: TaskSeen, bucket: Bucket, key: str) -> TaskSeen:
    try:
        body = bucket.get(key).body
    except Missing:  # a dead letter goes when its task comes in
        return seen
    if key.startswith(layout.DEAD):
        return TaskSeen(seen.manifest, DeadLetter.from_json(body))
    return TaskSeen(Manifest.from_json(body), seen.letter)
