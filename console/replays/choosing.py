"""What a replay is of: the letters that are named, or all that match a filter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from archive import layout
from archive.errors import NewerRecord, NotUnderstood
from archive.library.answers import Library
from archive.library.catalogue_library import CatalogueLibrary
from archive.library.dead_letters import Dead, DeadFilter, find_delivery, read_letter
from archive.library.letters_found import find_letters
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
    waiting: dict[str, Work]


def by_name(bucket: Bucket, names: Iterable[str]) -> Choice:
    """The letters that these names mean, each once."""
    choice = Choice([], [], {})
    for name in names:
        try:
            _choose(bucket, name, choice)
        except NewerRecord:
            choice.left_out.append(LeftOut(name, NEWER, fine=False))
    return choice


def by_filter(bucket: Bucket, wanted: DeadFilter, library: Library | None = None) -> Choice:
    """All letters that match, found by a library where there is one; what a replay has made due is left to it."""
    reading = find_letters(bucket, library or CatalogueLibrary(bucket), wanted)
    choice = Choice([], [LeftOut(key, "the dead letter cannot be read") for key in reading.malformed], {})
    choice.left_out.extend(LeftOut(key, NEWER) for key in reading.newer)
    replayed = set(being_replayed(bucket, layout.REPLAY))
    for dead in reading.dead:
        why = why_not(dead, named=False)
        if not why and dead.of_task and (dead.letter.provider, dead.task_id) in replayed:
            why = "a replay has made it due already"
        if not why and dead.dismissed is not None:
            why = f"{dead.dismissed.who} dismissed it: {dead.dismissed.why}; name it to replay it"
        if why:
            choice.left_out.append(LeftOut(dead.name, why, dead.letter.reason))
        else:
            choice.items.append(dead)
    return choice


def _choose(bucket: Bucket, name: str, choice: Choice) -> None:
    """Add what a name means: a letter, by its key or its delivery; of a task its letters, and the entries that wait."""
    if name.startswith(layout.DEAD):
        if not layout.DEAD_KEY.fullmatch(name):
            raise NotUnderstood(f"{name!r} is no key of a dead letter")
        if dead := read_letter(bucket, name):
            _take(choice, dead, named=True)
        else:
            choice.left_out.append(LeftOut(name, "there is no such dead letter", fine=False))
    elif dead := find_delivery(bucket, name, PROVIDERS):
        _take(choice, dead, named=True)
    elif file := find_task(bucket, name, PROVIDERS):
        _choose_of_task(bucket, file, choice)
    else:
        choice.left_out.append(
            LeftOut(name, "not here: no manifest, no dead letter, no work of it", fine=False)
        )


def _choose_of_task(bucket: Bucket, file: TaskFile, choice: Choice) -> None:
    if file.letter is None and not file.apart and file.newer:
        choice.left_out.append(LeftOut(file.name, NEWER, fine=False))
        return
    if file.letter is not None:
        _take(choice, Dead(file.dead_key, file.letter), named=True)
    for dead in file.apart:
        # To name a task is not to name each of its deliveries, of which one may be forged.
        _take(choice, dead, named=False)
    waiting = can_be_pulled(file.due, bucket.now())
    choice.waiting.update(waiting)
    if file.letter is None and not file.apart and not waiting:
        choice.left_out.append(LeftOut(file.name, _nothing_to_replay(file)))


def _take(choice: Choice, dead: Dead, *, named: bool) -> None:
    if why := why_not(dead, named=named):
        choice.left_out.append(LeftOut(dead.name, why, dead.letter.reason))
    elif dead.key not in {item.key for item in choice.items}:
        choice.items.append(dead)


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
