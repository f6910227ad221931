"""What looked wrong is looked at once more before it is told: the bucket may be in use. Reads the bucket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from archive import layout
from archive.errors import BucketRefuses, MalformedRecord, Missing, NewerRecord
from archive.library.reading import at_once
from archive.library.survey.letters import inline_of, names_now, refused_in
from archive.library.survey.mismatch import Kind, Mismatch
from archive.library.survey.notes import Notes
from archive.library.task_day import day_of
from archive.records.dead_letter import DeadLetter
from archive.records.manifest import Manifest
from archive.store.bucket import Bucket
from archive.store.record_at import record_at
from archive.task_ids import told_id

# Suspects that are looked at in one step.
IN_ONE_GO = 500

Weigh = Callable[[Any], Mismatch | None]


def weigh(bucket: Bucket, notes: Notes, progress: Callable[[int], None]) -> None:
    """Weigh all that is noted, and tell what holds. Raises BucketUnavailable, NotesUnusable."""
    # Bytes that are named and stand there are as they should be.
    with notes.step():
        notes.write("DELETE FROM unnamed WHERE key IN (SELECT key FROM named)", [()])
        notes.write("DELETE FROM unnamed WHERE task IN (SELECT task FROM unjudged)", [()])
        notes.write("DELETE FROM named WHERE key IN (SELECT key FROM refused)", [()])
    _weigh_all(notes, "lines", "key", lambda row: _listed(bucket, row[0]), progress)
    _weigh_all(notes, "named", "key, record", lambda row: _refused(bucket, *row), progress)
    _weigh_all(notes, "unnamed", "key, task", lambda row: _unnamed(bucket, *row), progress)


def _weigh_all(notes: Notes, table: str, columns: str, look: Weigh, progress: Callable[[int], None]) -> None:
    while rows := notes.rows(f"SELECT {columns} FROM {table} LIMIT ?", IN_ONE_GO):  # noqa: S608 - names of ours
        found = _looked_at(rows, look)
        with notes.step():
            notes.tell(each for each in found if each is not None)
            notes.write(f"DELETE FROM {table} WHERE key = ?", [row[:1] for row in rows])  # noqa: S608 - the same
        progress(len(rows))


def _looked_at(rows: Sequence[Any], look: Weigh) -> list[Mismatch | None]:
    def carefully(row: Any) -> Mismatch | None:
        try:
            return look(row)
        except BucketRefuses as error:
            return Mismatch(Kind.NOT_GIVEN, row[0], error.detail)

    return list(at_once(carefully, rows))


def _listed(bucket: Bucket, key: str) -> Mismatch | None:
    """A line whose manifest nobody met."""
    try:
        bucket.told(key)
    except Missing:
        return Mismatch(Kind.LISTED_GONE, key)
    return None


def _refused(bucket: Bucket, key: str, record: str) -> Mismatch | None:
    """Refused bytes, or an image within a body, that are named and that nobody met."""
    try:
        bucket.told(key)
    except Missing:
        kind = Kind.REFUSED_GONE if record.startswith(layout.DEAD) else Kind.REFUSED_EXPIRED
        kind = Kind.INLINE_GONE if key.startswith(layout.INLINE) else kind
        return Mismatch(kind, key, f"named by {record}") if names_now(bucket, record, key) else None
    return None


def _unnamed(bucket: Bucket, key: str, task: str) -> Mismatch | None:
    """An object that nothing named when it was looked at."""
    if not task:
        return Mismatch(Kind.UNNAMED, key, "no key of ours")
    if key.startswith(layout.INLINE):
        return _unnamed_inline(bucket, key, task)
    day = "/".join(key.split("/")[1:4])
    manifest_key, letter_key = f"{layout.TASKS}{day}/{task}/manifest.json", f"{layout.DEAD}{day}/{task}.json"
    try:
        manifest, letter = (
            record_at(bucket, manifest_key, Manifest),
            record_at(bucket, letter_key, DeadLetter),
        )
    except (NewerRecord, MalformedRecord):
        return None
    named = {asset.key for asset in manifest.kept} | set(refused_in(manifest)) if manifest else set()
    named |= set(refused_in(letter)) if letter else set()
    named |= {asset.key for work in letter.works for asset in work.kept} if letter else set()
    named.add(manifest_key)
    return None if key in named else Mismatch(Kind.UNNAMED, key)


def _unnamed_inline(bucket: Bucket, key: str, task: str) -> Mismatch | None:
    """An image within a body that nothing needed when it was looked at: it goes when its task is whole."""
    provider, _, filed = task.partition("/")
    try:
        bucket.told(key)
        task_id = told_id(filed)
        day = day_of(bucket, provider, task_id)
        letter = record_at(bucket, layout.dead_key(day, provider, task_id), DeadLetter) if day else None
    except (Missing, NewerRecord, MalformedRecord):
        return None
    except ValueError:
        return Mismatch(Kind.UNNAMED, key, "no key of ours")
    return None if letter is not None and key in inline_of(letter) else Mismatch(Kind.UNNAMED, key)
