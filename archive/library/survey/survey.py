"""Everything that is kept, held against what is there, in steps that can be gone on with.

catalogue    the line of each task that holds
tasks        each manifest against its objects, and against its line
dead         each letter, and the bytes that were refused
inline       the images that came within a body, and who needs them
due          the tasks that somebody works at, of which nothing is said to be left over
weighing     what looked wrong, once more

Reads the bucket and never writes to it. The bucket may be in use: what changed within the last hour is not judged.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise

from archive import layout
from archive.library.reading import at_once
from archive.library.survey.examining import Examined, examine
from archive.library.survey.folders import folders, in_goes
from archive.library.survey.letters import (
    note_inline,
    note_letters,
    note_refused_by,
    note_unjudged,
    note_unnamed,
    note_waiting,
    task_of,
)
from archive.library.survey.lines import note_lines, note_manifests
from archive.library.survey.notes import Notes
from archive.library.survey.weighing import weigh
from archive.records.catalogue import LISTED_WITHIN
from archive.store.bucket import Bucket

# Folders whose manifests are read in one step: what a survey that is broken off does again.
FOLDERS_IN_ONE_GO = 200
LISTED_IN_ONE_GO = 1_000
READ, BEGUN, PHASE = "read", "begun_at", "phase"
PHASES = ("catalogue", "tasks", "dead", "inline", "due", "weighing", "told")

# What is being done, how many were done of it, of how many (0: not known).
Progress = Callable[[str, int, int], None]


class Survey:
    """One survey of a bucket, begun or gone on with by its notes. `read` holds images by their very bytes."""

    def __init__(self, bucket: Bucket, notes: Notes, *, read: bool = False) -> None:
        self._bucket, self._notes = bucket, notes
        if notes.fact(BEGUN) is None:
            with notes.step():
                notes.put_fact(BEGUN, bucket.now().isoformat())
                notes.put_fact(READ, int(read))
                notes.put_fact(PHASE, PHASES[0])

    @property
    def begun(self) -> datetime:
        """When it was begun, by S3's time."""
        return datetime.fromisoformat(self._notes.fact(BEGUN)).astimezone(UTC)

    @property
    def reads(self) -> bool:
        """Whether it reads every image."""
        return bool(self._notes.fact(READ))

    @property
    def phase(self) -> str:
        """What it is at."""
        return str(self._notes.fact(PHASE))

    def run(self, progress: Progress) -> None:
        """Go through all phases, from the one that it is at.

        Raises:
            BucketUnavailable: if S3 is away; what was seen so far stands in the notes.
            NewerRecord: if a newer version rolled up a day of the catalogue.
            TableTrouble, NotesUnusable: if this machine has no room for it.
        """
        steps: dict[str, Callable[[], None]] = {
            "catalogue": lambda: note_lines(
                self._bucket, self._notes, lambda done: progress("lines of the catalogue", done, 0)
            ),
            "tasks": lambda: self._tasks(progress),
            "dead": lambda: self._dead(progress),
            "inline": lambda: self._inline(progress),
            "due": self._due,
            "weighing": lambda: weigh(
                self._bucket, self._notes, lambda done: progress("looked at once more", done, 0)
            ),
        }
        for phase, following in pairwise(PHASES):
            if self.phase == phase:
                steps[phase]()
                with self._notes.step():
                    self._notes.put_fact(PHASE, following)

    def _tasks(self, progress: Progress) -> None:
        notes = self._notes
        look = partial(examine, self._bucket, read=self.reads)
        lines = notes.one("SELECT count(*) FROM lines")
        total = lines + (notes.fact("tasks") or 0)
        walk = folders(self._bucket, layout.TASKS, notes.fact("tasks_after") or "", self._young_from)
        for some in in_goes(walk, FOLDERS_IN_ONE_GO):
            examined = list(at_once(look, some))
            with notes.step():
                self._note(examined)
                notes.put_fact("tasks_after", some[-1].last)
            done = notes.fact("tasks") or 0
            progress("tasks", done, max(total, done))

    def _note(self, examined: list[Examined]) -> None:
        notes = self._notes
        told = [(each.manifest_key, each.manifest) for each in examined if each.manifest is not None]
        young = note_manifests(notes, told, self.begun)
        for key, manifest in told:
            note_refused_by(notes, key, manifest)
        for each in examined:
            notes.tell(each.mismatches)
            note_unnamed(notes, each.unnamed)
        unjudged = [each for each in examined if each.unjudged]
        notes.write("DELETE FROM lines WHERE key = ?", [(each.manifest_key,) for each in unjudged])
        note_unjudged(notes, (task_of(each.manifest_key) or "" for each in unjudged))
        notes.count(
            tasks=len(told) + len(unjudged),
            images=sum(len(manifest.kept) for _, manifest in told),
            young=young,
            **{
                name: sum(getattr(each, name) for each in examined)
                for name in ("bytes", "told", "summed", "untold")
            },
        )

    def _dead(self, progress: Progress) -> None:
        notes = self._notes
        listing = self._bucket.list(layout.DEAD, after=notes.fact("dead_after") or "")
        for some in in_goes(listing, LISTED_IN_ONE_GO):
            with notes.step():
                note_letters(self._bucket, notes, some, self._young_from)
                notes.put_fact("dead_after", some[-1].key)
            progress("dead letters", notes.fact("letters") or 0, 0)

    def _inline(self, progress: Progress) -> None:
        notes = self._notes
        listing = self._bucket.list(layout.INLINE, after=notes.fact("inline_after") or "")
        for some in in_goes(listing, LISTED_IN_ONE_GO):
            with notes.step():
                note_inline(notes, some, self._young_from)
                notes.put_fact("inline_after", some[-1].key)
                notes.count(inline=len(some))
            progress("images within bodies", notes.fact("inline") or 0, 0)

    def _due(self) -> None:
        for some in in_goes(self._bucket.list(layout.DUE), LISTED_IN_ONE_GO):
            with self._notes.step():
                note_waiting(self._notes, some)

    @property
    def _young_from(self) -> datetime:
        return self.begun - LISTED_WITHIN
