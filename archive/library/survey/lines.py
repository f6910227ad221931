"""The catalogue's lines in a survey's notes, and what they tell otherwise than the manifests. Reads the bucket."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta

from archive import catalog_keys, layout
from archive.library.catalogue_files import CatalogueFiles
from archive.library.place import microseconds
from archive.library.survey.folders import in_goes
from archive.library.survey.mismatch import Kind, Mismatch
from archive.library.survey.notes import Notes
from archive.records.catalogue import LISTED_WITHIN, CatalogueLine, line_of
from archive.records.manifest import Manifest
from archive.rolled.days import days_in
from archive.store.bucket import Bucket

# Lines that are noted together: so many stand in memory.
LINES_IN_ONE_GO = 2_000
_LINE = """INSERT INTO lines VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE
    SET moment = excluded.moment, dismissed = excluded.dismissed, told = excluded.told, images = excluded.images
    WHERE (excluded.moment, excluded.dismissed) > (moment, dismissed)"""


def note_lines(bucket: Bucket, notes: Notes, progress: Callable[[int], None]) -> None:
    """Note the line that holds of each task; days that were noted before are passed by.

    Raises:
        NewerRecord: if a newer version rolled up a day, naming the file.
        BucketUnavailable, TableTrouble, NotesUnusable.
    """
    read = 0
    for day in days_in(bucket):
        if notes.one("SELECT 1 FROM days WHERE day = ?", day.isoformat()):
            continue
        files = CatalogueFiles(bucket)
        lines = (line for piece in files.day(day) for line in piece.lines)
        for some in in_goes((line for line in lines if isinstance(line, CatalogueLine)), LINES_IN_ONE_GO):
            with notes.step():
                notes.write(_LINE, map(_row, some))
            read += len(some)
            progress(read)
        with notes.step():
            notes.write("INSERT INTO days VALUES (?)", [(day.isoformat(),)])
            notes.tell(_passed(day, files))


def note_manifests(notes: Notes, manifests: Iterable[tuple[str, Manifest]], begun: datetime) -> int:
    """Hold manifests against their lines, which are seen by that; returns how many changed too lately to be judged."""
    young = 0
    mismatches: list[Mismatch] = []
    seen: list[tuple[str]] = []
    for key, manifest in manifests:
        seen.append((key,))
        if manifest.changed_at > begun - LISTED_WITHIN:
            young += 1
        elif (found := _differs(notes, key, manifest)) is not None:
            mismatches.append(found)
    notes.tell(mismatches)
    notes.write("DELETE FROM lines WHERE key = ?", seen)
    return young


def _differs(notes: Notes, key: str, manifest: Manifest) -> Mismatch | None:
    found = notes.rows("SELECT moment, told, images FROM lines WHERE key = ?", key)
    if not found:
        days = {manifest.changed_at.astimezone(UTC).date(), (manifest.changed_at + LISTED_WITHIN).date()}
        there = [day for day in days if notes.one("SELECT 1 FROM days WHERE day = ?", day.isoformat())]
        return (
            Mismatch(Kind.NOT_LISTED, key)
            if there
            else Mismatch(Kind.DAY_NOT_LISTED, catalog_keys.catalog_day(min(days)))
        )
    moment, told, images = found[0]
    _, ours, _, our_told, our_images = _row(line_of(manifest, key))
    if moment != ours:
        which = "an older" if moment < ours else "a newer"
        return Mismatch(
            Kind.LISTED_OTHERWISE, key, f"its line tells of {which} manifest, of {_moment(moment)}"
        )
    if told != our_told or images not in {None, our_images}:
        return Mismatch(Kind.LISTED_OTHERWISE, key, "its line tells of other images, or of another status")
    return None


def _row(line: CatalogueLine) -> tuple[str, int, int, bytes, bytes | None]:
    told = _digest(line.status, line.kept, line.lost, line.bytes)
    images = [(image.name, image.sha256, image.bytes) for image in line.images]
    return (
        line.key,
        microseconds(line.moment),
        int(line.dismissed),
        told,
        _digest(*images) if images else None,
    )


def _digest(*words: object) -> bytes:
    return hashlib.sha256(repr(words).encode()).digest()[:16]


def _moment(told: int) -> str:
    return f"{layout.EARLIEST + timedelta(microseconds=told):%Y-%m-%d %H:%M:%S}"


def _passed(day: date, files: CatalogueFiles) -> Iterable[Mismatch]:
    key = catalog_keys.catalog_day(day)
    if files.passed.malformed:
        yield Mismatch(Kind.CATALOGUE_MALFORMED, key, f"{files.passed.malformed:,} lines or objects")
    if files.passed.newer:
        yield Mismatch(Kind.NEWER, key, f"{files.passed.newer:,} lines")
