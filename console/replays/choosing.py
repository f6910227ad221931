"""What a replay is of: the letters that are named, or all that match a filter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from archive import layout
from archive.errors import NewerRecord, NotUnderstood
from archive.library.dead_letters import Dead, DeadFilter, find_delivery, read_dead_letters, read_letter
from archive.library.task_file import MOST_DUE, TaskFile, find_task
from archive.records.work import Work
from archive.store.bucket import Bucket
from console.replays.pulling import can_be_pulled
from console.replays.replaying import why_not
from providers.registry import PROVIDERS

NEWER = "a newer version wrote it: replay it with that version"


class LeftOut(NamedTuple):
    """What is not replayed, and why; `fine` is False where that is a problem."""

    name: str
    why: str
    reason: str = ""
    fine: bool = True


class Choice(NamedTuple):
    """The letters to replay, what is left out, and the entries of `due/`, by their keys, whose next try may be now."""

    items: list[Dead]
    left_out: list[LeftOut]
    waiting: Mapping[str, Work]


def by_name(bucket: Bucket, names: Iterable[str]) -> Choice:
    """The letters that these names mean, each once."""
    waiting: dict[str, Work] = {}
    choice = Choice([], [], waiting)
    for name in names:
        try:
            dead = _letter_named(bucket, name)
        except NewerRecord:
            dead = LeftOut(name, NEWER, fine=False)
        if isinstance(dead, LeftOut):
            choice.left_out.append(dead)
        elif isinstance(dead, dict):
            waiting.update(dead)
        elif why := why_not(dead, named=True):
            choice.left_out.append(LeftOut(dead.name, why, dead.letter.reason))
        elif dead.key not in {item.key for item in choice.items}:
            choice.items.append(dead)
    return choice


def by_filter(bucket: Bucket, wanted: DeadFilter) -> Choice:
    """All letters that match; those that a replay has made due already are left to it."""
    reading = read_dead_letters(bucket, wanted)
    choice = Choice([], [LeftOut(key, "the dead letter cannot be read") for key in reading.malformed], {})
    choice.left_out.extend(LeftOut(key, NEWER) for key in reading.newer)
    replayed = set(being_replayed(bucket, layout.REPLAY))
    for dead in reading.dead:
        why = why_not(dead, named=False)
        if not why and dead.of_task and (dead.letter.provider, dead.task_id) in replayed:
            why = "a replay has made it due already"
        if why:
            choice.left_out.append(LeftOut(dead.name, why, dead.letter.reason))
        else:
            choice.items.append(dead)
    return choice


def _letter_named(bucket: Bucket, name: str) -> Dead | LeftOut | dict[str, Work]:
    """The letter that a name means: a dead key, a delivery's id, a task. Of a task that waits, its entries."""
    if name.startswith(layout.DEAD):
        if not layout.DEAD_KEY.fullmatch(name):
            raise NotUnderstood(f"{name!r} is no key of a dead letter")
        return read_letter(bucket, name) or LeftOut(name, "there is no such dead letter", fine=False)
    if dead := find_delivery(bucket, name, PROVIDERS):
        return dead
    file = find_task(bucket, name, PROVIDERS)
    if file is None:
        return LeftOut(name, "not here: no manifest, no dead letter, no work of it", fine=False)
    if file.letter is None and file.newer:
        return LeftOut(file.name, NEWER, fine=False)
    if file.letter is not None:
        return Dead(file.dead_key, file.letter)
    return can_be_pulled(file.due, bucket.now()) or LeftOut(file.name, _nothing_to_replay(file))


def _nothing_to_replay(file: TaskFile) -> str:
    manifest = file.manifest
    if manifest is not None and manifest.whole:
        return "it is whole; there is nothing to replay"
    if file.due:
        return f"it is being worked on, next at {file.due[0].due.when:%Y-%m-%d %H:%M:%S}; there is nothing to replay"
    if manifest is not None and manifest.status != "completed":
        return f"the provider said that it {'failed' if manifest.status == 'failed' else 'was cancelled'}; there is nothing to replay"
    return "it is incomplete, and its dead letter is gone: its links are not known any more"


def being_replayed(bucket: Bucket, begins: str) -> Iterator[tuple[str, str]]:
    """The tasks that a replay has made due and that are not done yet; of replays whose id begins so."""
    for listed in bucket.list(layout.DUE, most=MOST_DUE):
        try:
            due = layout.read_due_key(listed.key)
        except ValueError:
            continue
        if due.origin.startswith(begins):
            yield due.provider, due.task_id
