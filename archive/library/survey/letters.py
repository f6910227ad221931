"""Dead letters, the bytes that were refused beside them, and what they need of `inline/`. Reads the bucket."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial

from archive import layout
from archive.errors import BucketRefuses, MalformedRecord, NewerRecord
from archive.library.reading import at_once
from archive.library.survey.mismatch import Kind, Mismatch
from archive.library.survey.notes import Notes
from archive.records.dead_letter import DeadLetter
from archive.records.inline import inline_sha256, is_inline
from archive.records.manifest import Manifest
from archive.records.work import Work
from archive.store.bucket import Bucket
from archive.store.listing import Listed
from archive.store.record_at import record_at
from archive.task_ids import FILED, filed_id

# A letter comes after the manifests, and is who has to have them.
_NAMED = "INSERT OR REPLACE INTO named VALUES (?, ?)"
_OF_TASK = re.compile(
    rf"dead/\d{{4}}/\d{{2}}/\d{{2}}/({layout.PROVIDER.pattern}/{FILED})\.{layout.REFUSED_NAME.pattern}"
)
_INLINE = re.compile(rf"{layout.INLINE}({layout.PROVIDER.pattern}/{FILED})/[0-9a-f]{{64}}\.txt")


def note_letters(bucket: Bucket, notes: Notes, listed: list[Listed], young_from: datetime) -> None:
    """Note what some objects of `dead/` are, and which refused bytes their letters name. Within a step."""
    letters = [each.key for each in listed if layout.DEAD_KEY.fullmatch(each.key)]
    others = [each for each in listed if not layout.DEAD_KEY.fullmatch(each.key)]
    old = [each.key for each in others if each.modified < young_from]
    notes.write(
        "INSERT OR IGNORE INTO refused VALUES (?)",
        [(each.key,) for each in others if _OF_TASK.fullmatch(each.key)],
    )
    note_unnamed(notes, old)
    for key, letter in zip(letters, at_once(partial(_read, bucket), letters), strict=True):
        if isinstance(letter, Mismatch):
            notes.tell([letter])
            note_unjudged(notes, [key.removesuffix(".json").split("/", 4)[-1]])
        elif letter is not None:
            notes.write(_NAMED, [(named, key) for named in (*refused_in(letter), *inline_of(letter))])
    notes.count(letters=len(letters))


def _read(bucket: Bucket, key: str) -> DeadLetter | Mismatch | None:
    """A letter, or why it is not read; None where it is gone by now."""
    try:
        return record_at(bucket, key, DeadLetter)
    except NewerRecord as error:
        return Mismatch(Kind.NEWER, key, error.detail)
    except MalformedRecord as error:
        return Mismatch(Kind.LETTER_MALFORMED, key, str(error))
    except BucketRefuses as error:
        return Mismatch(Kind.NOT_GIVEN, key, error.detail)


def note_unnamed(notes: Notes, keys: Iterable[str]) -> None:
    """Note objects that nothing named when they were looked at. Within a step."""
    notes.write("INSERT OR IGNORE INTO unnamed VALUES (?, ?)", [(key, task_of(key) or "") for key in keys])


def note_unjudged(notes: Notes, tasks: Iterable[str]) -> None:
    """Note tasks, as provider and filed id, whose objects may be named where this version does not read. Within a step."""
    notes.write("INSERT OR IGNORE INTO unjudged VALUES (?)", [(task,) for task in tasks])


def note_waiting(notes: Notes, listed: list[Listed]) -> None:
    """Note the tasks of which something is due: what stands of them may be named there alone. Within a step."""
    for each in listed:
        try:
            due = layout.read_due_key(each.key)
        except ValueError:
            continue
        note_unjudged(notes, [f"{due.provider}/{filed_id(due.task_id)}"])


def note_inline(notes: Notes, listed: list[Listed], young_from: datetime) -> None:
    """Note what stands in `inline/`: nobody has named it yet but letters. Within a step."""
    notes.write("INSERT OR IGNORE INTO refused VALUES (?)", [(each.key,) for each in listed])
    note_unnamed(notes, [each.key for each in listed if each.modified < young_from])


def note_refused_by(notes: Notes, key: str, manifest: Manifest) -> None:
    """Note the refused bytes that a manifest names. Within a step."""
    notes.write(_NAMED, [(refused, key) for refused in refused_in(manifest)])


def refused_in(record: Manifest | DeadLetter) -> Iterator[str]:
    """The keys of refused bytes that a record names."""
    works: tuple[Work, ...] = record.works if isinstance(record, DeadLetter) else ()
    for lost in (*record.lost, *(lost for work in works for lost in work.lost)):
        if lost.refused_key is not None:
            yield lost.refused_key


def names_now(bucket: Bucket, record: str, named: str) -> bool:
    """Whether the record under this key names these refused bytes, or needs this text in `inline/`, still."""
    try:
        found = (
            record_at(bucket, record, DeadLetter)
            if record.startswith(layout.DEAD)
            else record_at(bucket, record, Manifest)
        )
    except (NewerRecord, MalformedRecord):
        return False
    return found is not None and named in (*refused_in(found), *inline_needed(found))


def inline_of(letter: DeadLetter) -> Iterator[str]:
    """The keys in `inline/` of images that came within a body, of all its work."""
    for work in letter.works:
        for source in filter(is_inline, work.sources):
            yield layout.inline_key(work.provider, work.task_id, inline_sha256(source))


def inline_needed(record: Manifest | DeadLetter) -> Iterator[str]:
    """Those of a letter that a replay needs: of the images that it calls lost, or of all where it names none."""
    if isinstance(record, DeadLetter):
        lost = {inline_sha256(lost.source) for lost in record.lost if is_inline(lost.source)}
        for key in inline_of(record):
            if not record.lost or key.removesuffix(".txt")[-64:] in lost:
                yield key


def task_of(key: str) -> str | None:
    """The task, as provider and filed id, in whose folder, beside whose letter or of whose body an object is."""
    if found := _OF_TASK.fullmatch(key) or _INLINE.fullmatch(key):
        return found[1]
    parts = key.split("/")
    in_folder = key.startswith(layout.TASKS) and len(parts) == 7  # noqa: PLR2004 - tasks/2026/11/21/provider/task/name
    return f"{parts[4]}/{parts[5]}" if in_folder else None
