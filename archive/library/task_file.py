"""All that the bucket holds of one task: its manifest, its dead letter, and what is still due for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple, TypeVar

from archive import layout
from archive.errors import MalformedRecord, NewerRecord, NotUnderstood
from archive.library import naming
from archive.library.dead_letters import Dead
from archive.library.delivery_letters import letters_of
from archive.library.reading import at_once
from archive.library.task_day import day_of
from archive.records.dead_letter import DeadLetter
from archive.records.manifest import Manifest
from archive.records.order import Order
from archive.records.order_record import OrderRecord
from archive.records.record import Record
from archive.records.work import Work
from archive.store.bucket import Bucket
from archive.store.record_at import record_at

# Work that waits is looked through for one task's; a longer backlog is no longer searched.
MOST_DUE = 20_000

Word = TypeVar("Word", bound=Record)


class Due(NamedTuple):
    """A due entry; `work` is None where it cannot be read, or is gone by now, or is `newer`: of a newer version."""

    key: str
    due: layout.DueKey
    work: Work | None
    newer: bool = False


@dataclass(frozen=True)
class TaskFile:
    """What is known of a task; `newer` are the keys of what a newer version wrote of it.

    `apart` are the dead letters of its deliveries, which stand under these.
    """

    provider: str
    task_id: str
    day: date
    manifest: Manifest | None
    letter: DeadLetter | None
    due: tuple[Due, ...] = ()
    newer: tuple[str, ...] = ()
    ordered: OrderRecord | None = None
    apart: tuple[Dead, ...] = ()

    @property
    def order(self) -> Order | None:
        """What was ordered: as the manifest holds it, else as it was told, else as its ticket says."""
        if self.manifest is not None and self.manifest.order is not None:
            return self.manifest.order
        if self.ordered is not None:
            return self.ordered.order
        works = [
            *(self.letter.works if self.letter else ()),
            *(work for dead in self.apart for work in dead.letter.works),
            *(entry.work for entry in self.due if entry.work),
        ]
        return next((work.order for work in works if work.order is not None), None)

    @property
    def name(self) -> str:
        """What people call it by."""
        return f"{self.provider}/{self.task_id}"

    @property
    def manifest_key(self) -> str:
        """Where its manifest stands."""
        return layout.manifest_key(self.day, self.provider, self.task_id)

    @property
    def dead_key(self) -> str:
        """Where its dead letter stands."""
        return layout.dead_key(self.day, self.provider, self.task_id)


def find_task(bucket: Bucket, text: str, providers: Collection[str]) -> TaskFile | None:
    """The task of one of these providers that a name means (archive/library/naming.py), or None.

    Raises:
        NotUnderstood: if it means several, or nothing that could be a task.
    """
    for provider, task_id in naming.readings_of(text, providers):
        found = _of_id(bucket, [provider] if provider else providers, task_id)
        if len(found) > 1:
            raise NotUnderstood(
                f"{text} is a task of two providers: say {' or '.join(file.name for file in found)}"
            )
        if found:
            return found[0]
    name = naming.meant(bucket, text, providers)
    return next(iter(_of_id(bucket, [name.provider], name.task_id)), None) if name else None


def _of_id(bucket: Bucket, providers: Collection[str], task_id: str) -> list[TaskFile]:
    """The tasks of this very id, with the letters of their deliveries."""
    due = list(due_of(bucket, task_id))
    letters = letters_of(bucket, task_id)

    def of(provider: str) -> TaskFile | None:
        return _with_letters(look(bucket, provider, task_id, due), letters, provider)

    return [file for file in at_once(of, providers) if file is not None]


def _with_letters(file: TaskFile | None, letters: list[Dead], provider: str) -> TaskFile | None:
    """What is known of a task with the letters of its deliveries, which may be all that there is."""
    apart = tuple(dead for dead in letters if dead.letter.provider == provider)
    if not apart:
        return file
    if file is not None:
        return replace(file, apart=apart)
    task_id, day = str(apart[0].task_id), apart[0].day
    return TaskFile(provider, task_id, layout.day_in(task_id) or day, None, None, apart=apart)


def look(bucket: Bucket, provider: str, task_id: str, due: list[Due] | None = None) -> TaskFile | None:
    """What the bucket holds of a task of this provider, or None."""
    day = day_of(bucket, provider, task_id)
    if day is None:
        return None
    manifest, newer_manifest = _read(bucket, layout.manifest_key(day, provider, task_id), Manifest)
    letter, newer_letter = _read(bucket, layout.dead_key(day, provider, task_id), DeadLetter)
    entries = tuple(entry for entry in due or () if entry.due.provider == provider)
    ordered: OrderRecord | None = None
    newer_order: tuple[str, ...] = ()
    if (letter or entries) and (manifest is None or manifest.order is None):
        ordered, newer_order = _read(bucket, layout.order_key(provider, task_id), OrderRecord)
    newer = (*newer_manifest, *newer_letter, *newer_order, *(entry.key for entry in entries if entry.newer))
    file = TaskFile(provider, task_id, day, manifest, letter, entries, newer, ordered)
    return file if manifest or letter or entries or newer else None


def due_of(bucket: Bucket, task_id: str) -> Iterator[Due]:
    """What is due for a task of this id, of whichever provider."""
    for listed in bucket.list(layout.DUE, most=MOST_DUE):
        try:
            due = layout.read_due_key(listed.key)
        except ValueError:
            continue
        if due.task_id == task_id:
            try:
                work, newer = _read(bucket, listed.key, Work)
            except MalformedRecord:
                work, newer = None, ()
            yield Due(listed.key, due, work, newer=bool(newer))


def _read(bucket: Bucket, key: str, kind: type[Word]) -> tuple[Word | None, tuple[str, ...]]:
    """The word under a key, or its key where a newer version wrote it. Raises MalformedRecord, naming the key."""
    try:
        return record_at(bucket, key, kind), ()
    except NewerRecord:
        return None, (key,)
