"""Close what nobody will replay: it stays where it is, with who closed it, when and why, and counts as open no more.

A later replay, or a callback that brings the image, goes its way as if nothing had been said. What is given up anew
is open again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import structs

from archive import layout
from archive.errors import NewerRecord, NotUnderstood
from archive.library.dead_letters import Dead, find_delivery, read_letter
from archive.library.task_file import TaskFile, find_task
from archive.records.bounds import bounded
from archive.records.catalogue import Line, line_of, line_of_letter
from archive.records.dead_letter import DeadLetter
from archive.records.dismissal import Dismissal, dismissals_of
from archive.records.manifest import Manifest
from archive.store.bucket import Bucket
from archive.store.catalogue import enter_lines
from archive.store.swap import change
from console.replays.choosing import NEWER, LeftOut
from providers.registry import PROVIDERS


class Closable(NamedTuple):
    """What can be dismissed: a dead letter, or the manifest of an incomplete task that has none."""

    name: str
    key: str
    reason: str = ""
    label: str = ""
    of_manifest: bool = False


class Closing(NamedTuple):
    """What is to be dismissed, each once, and what is left out.

    `told` are the letters that are left out since they are dismissed already: whoever did it may have been cut off
    before its line, so that is written again.
    """

    items: list[Closable]
    left_out: list[LeftOut]
    told: list[Dead]


def closable(dead: Dead) -> Closable:
    """A letter that can be dismissed."""
    return Closable(dead.name, dead.key, dead.letter.reason, dead.letter.label or "")


def named(bucket: Bucket, names: Iterable[str]) -> Closing:
    """What these names mean: tasks, deliveries, keys of dead letters. What is dismissed already is left out."""
    closing = Closing([], [], [])
    for name in names:
        try:
            letters, file = _letters(bucket, name)
        except NewerRecord:
            closing.left_out.append(LeftOut(name, NEWER, fine=False))
            continue
        add(closing, letters)
        if not letters:
            _add_manifest(closing, name, file)
    return closing


def add(closing: Closing, letters: Sequence[Dead]) -> None:
    """Add letters, each once; those that are dismissed already are left out."""
    for dead in letters:
        if dead.dismissed is not None:
            closing.left_out.append(LeftOut(dead.name, _already(dead.dismissed), dead.letter.reason))
            closing.told.append(dead)
        elif dead.key not in {item.key for item in closing.items}:
            closing.items.append(closable(dead))


def dismiss(bucket: Bucket, item: Closable, said: Dismissal, *, prompts: bool) -> bool:
    """Write who closed it, and its line; False where it is gone by now. Raises NewerRecord.

    Done twice it comes to the same: who was cut off between the two dismisses it again.
    """
    said = bounded(said)
    key = item.key
    if item.of_manifest:
        manifest = change(bucket, key, Manifest, lambda there: _closed(there, said))
        line: Line | None = line_of(manifest, key, prompts=prompts) if manifest is not None else None
    else:
        letter = change(bucket, key, DeadLetter, lambda there: _closed_letter(Dead(key, there), said))
        line = line_of_letter(key, letter, bucket.now()) if letter is not None else None
    if line is None:
        return False
    enter_lines(bucket, [line])
    return True


def tell_again(bucket: Bucket, letters: Sequence[Dead]) -> None:
    """Write the lines of letters that are dismissed already."""
    if letters:
        now = bucket.now()
        enter_lines(bucket, [line_of_letter(dead.key, dead.letter, now) for dead in letters])


def _closed(manifest: Manifest, said: Dismissal) -> Manifest:
    """Closed, which is a change of now: its line is looked for by that."""
    said = _not_before(said, manifest.changed_at)
    return structs.replace(
        manifest, changed_at=said.at, dismissals=dismissals_of(manifest.dismissals, [said])
    )


def _closed_letter(dead: Dead, said: Dismissal) -> DeadLetter:
    said = _not_before(said, dead.changed_at)
    return structs.replace(dead.letter, dismissals=dismissals_of(dead.letter.dismissals, [said]))


def _not_before(said: Dismissal, moment: datetime) -> Dismissal:
    """It closes what stands there: clocks that differ by a second must not make it older than that."""
    return structs.replace(said, at=max(said.at, moment))


def _letters(bucket: Bucket, name: str) -> tuple[list[Dead], TaskFile | None]:
    """The letters that a name means; of a task its own and those of its deliveries."""
    if name.startswith(layout.DEAD):
        if not layout.DEAD_KEY.fullmatch(name):
            raise NotUnderstood(f"{name!r} is no key of a dead letter")
        dead = read_letter(bucket, name)
        return [dead] if dead else [], None
    if dead := find_delivery(bucket, name, PROVIDERS):
        return [dead], None
    file = find_task(bucket, name, PROVIDERS)
    if file is None:
        return [], None
    if file.letter is None and not file.apart and file.newer:
        raise NewerRecord(file.newer[0])
    own = [Dead(file.dead_key, file.letter)] if file.letter is not None else []
    return [*own, *file.apart], file


def _add_manifest(closing: Closing, name: str, file: TaskFile | None) -> None:
    """Add the manifest of an incomplete task that has no letter, or say why there is nothing to dismiss."""
    manifest = file.manifest if file is not None else None
    if file is None:
        why = "not here: no manifest, no dead letter, no work of it"
        closing.left_out.append(LeftOut(name, why, fine=False))
    elif manifest is None or not manifest.lost:
        why = "it waits, and is not given up" if file.due else "nothing of it was given up"
        closing.left_out.append(LeftOut(file.name, why))
    elif manifest.dismissed is not None:
        closing.left_out.append(LeftOut(file.name, _already(manifest.dismissed)))
    else:
        reason = manifest.lost[0].reason
        closing.items.append(
            Closable(file.name, file.manifest_key, reason, manifest.label or "", of_manifest=True)
        )


def _already(said: Dismissal) -> str:
    return f"{said.who} dismissed it at {said.at:%Y-%m-%d %H:%M}: {said.why}"
