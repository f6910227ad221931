"""Which object names which delivery, followed write by write: the laws that hold at any time, not only at rest.

no delivery unplaced    whatever is written over or removed, each delivery that it names is named elsewhere
terminal before DELETE  a due entry goes only when its origin is closed or a successor stands
whole stays whole       a manifest that is whole is never written over by one that is not
in place                a run in place writes nothing in due/ or dead/
no growth               due entries of one task and origin are no more than what made them
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache

from archive import layout
from archive.records.dead_letter import DeadLetter
from archive.records.manifest import Manifest
from archive.records.work import Work
from tests.fakes.words import NOW
from tests.model.actor import Actor, acting
from tests.model.trace import Trace

# Deliveries of the model have ids that are found in any text; a line that is none of ours is known by its hash.
DELIVERY_ID = re.compile(rb"01DELIVERY\d{16}|line-[0-9a-f]{24}")

LEASE = timedelta(seconds=240)


class Ledger:
    """Follows every write. `accepted` are the deliveries that are durable, or were answered with 202."""

    def __init__(self, objects: Mapping[str, bytes], trace: Trace) -> None:
        self._objects, self._trace = objects, trace
        self.accepted: set[str] = set()
        self.finished: set[str] = set()  # that is, not `unfinished`: those are dropped on purpose
        self.batches: dict[str, frozenset[str]] = {}
        self.names: dict[str, frozenset[str]] = {}
        self.places: defaultdict[str, set[str]] = defaultdict(set)
        self.whole: set[str] = set()  # manifests
        self.told_s: dict[str, float] = {}  # since when a manifest names a delivery
        self.ever_due: set[str] = set()
        self.replayed: set[tuple[str, str]] = set()  # tasks that the console made due, with the replay's id
        self.entries: Counter[str] = Counter()
        self.made: Counter[str] = Counter()
        self.troubles: Counter[str] = Counter()
        self.runs: Counter[str] = Counter()  # under way now
        # Runs that began on an entry which another had begun on: a doubled bell under the first lease, or two
        # claims on both sides of a step of the grid, leave a successor each.
        self.twins: Counter[str] = Counter()
        self.begun: set[str] = set()
        # Tasks of runs that wrote a word after their lease was over and came to no end.
        self.cut_off_late: set[str] = set()
        self.most_entries = 0
        self.most_beyond_batches = 0

    def written(self, key: str, body: bytes) -> None:
        """An object has been written."""
        actor = acting()
        if actor is not None and actor.batch_of_s is not None and key.startswith((layout.DUE, layout.DEAD)):
            self._trace.violated("in_place_writes", f"{key} by a run in place")
        new = key not in self.names
        if key.startswith(layout.INBOX):
            # The console's are not made known before: a delivery that nobody could read, once more.
            ids = self.batches.setdefault(
                key, frozenset(found.decode() for found in DELIVERY_ID.findall(body))
            )
            self.accepted |= ids
        elif key.startswith(("due/", "dead/")) or key.endswith("manifest.json"):
            ids = frozenset(found.decode() for found in DELIVERY_ID.findall(body))
        else:
            return
        gone = self.names.get(key, frozenset()) - ids
        self.names[key] = ids
        for each in ids:
            self.places[each].add(key)
        self._told_again(key, new=new)
        self._unplace(key, gone)
        if new and key.startswith(layout.DUE):
            self._entry_written(key)
            work = Work.from_json(body)
            if work.replay is not None:
                self.replayed.add((work.task_id, work.replay.id))

    def _told_again(self, key: str, *, new: bool) -> None:
        """A run that begins when a manifest tells of a delivery writes no letter of its own for it."""
        actor = acting()
        if key.endswith("manifest.json"):
            for each in self.names[key]:
                self.told_s.setdefault(each, self._trace.now_s)
            self._whole(key)
        elif new and "/delivery-" in key and actor is not None and actor.about:
            late = [each for each in self.names[key] if self.told_s.get(each, math.inf) < actor.began_s]
            if late:
                self._trace.violated("told_again", f"{key} was written after a manifest told of {late}")

    def _whole(self, key: str) -> None:
        """Others rely on a whole manifest when they remove a letter."""
        if Manifest.from_json(self._objects[key]).whole:
            self.whole.add(key)
        elif key in self.whole:
            self._trace.violated("whole_no_more", key)

    def removed(self, key: str) -> None:
        """An object has been removed."""
        self._unplace(key, self.names.pop(key, frozenset()))
        if key.startswith(layout.DUE):
            self._entry_removed(key)

    def begins(self, actor: Actor) -> None:
        """A worker begins a run."""
        self.runs[actor.about] += 1
        self.twins[actor.about] += actor.bell in self.begun
        self.begun.add(actor.bell)

    def ends(self, actor: Actor) -> None:
        """A worker has ended a run, or was ended."""
        if actor.bell:
            self.runs[actor.about] -= 1
        if actor.late and actor.cut_off:
            self.cut_off_late |= actor.tasks

    def interrupted(self, about: str) -> None:
        """A worker at this task and origin was stopped or failed: it may leave an entry and its successor."""
        if about:
            self.troubles[about] += 1

    def _unplace(self, key: str, ids: frozenset[str]) -> None:
        for each in ids:
            self.places[each].discard(key)
            if not self.places[each] and each in self.accepted and each in self.finished:
                self._trace.violated("unplaced", f"{each} was named in {key} alone, which is gone")

    def _entry_written(self, key: str) -> None:
        about = about_of(key)
        actor = acting()
        self.ever_due.add(key)
        self.entries[about] += 1
        if actor is not None:
            actor.claimed = True
            if actor.about:
                actor.lease_until_s = due_s(key)
            if not actor.name.startswith("archive"):
                self.made[about] += 1
            if actor.name.startswith("settle") and not self._of_a_batch(key):
                self._trace.violated("settle_key", f"{key} is not a lease after any batch was gathered")
        count = self.entries[about]
        self.most_entries = max(self.most_entries, count)
        self.most_beyond_batches = max(self.most_beyond_batches, count - self.made[about])
        made, troubles = self.made[about], self.troubles[about]
        runs, twins = self.runs[about], self.twins[about]
        if about and count > made + troubles + runs + twins:
            self._trace.violated(
                "growth",
                f"{count} entries of {about}: {made} made, {troubles} troubles, {runs} runs, {twins} twins",
            )

    def _of_a_batch(self, key: str) -> bool:
        """Whether an entry's time is that of a batch and a lease, but for milliseconds of collisions."""
        when = layout.read_due_key(key).when
        return any(
            timedelta() <= when - layout.inbox_time(batch) - LEASE < timedelta(seconds=1)
            for batch in self.batches
        )

    def _entry_removed(self, key: str) -> None:
        if key not in self.ever_due:
            return  # put there by nobody of ours
        about = about_of(key)
        self.entries[about] -= 1
        if about and self.entries[about] <= 0 and not self._closed(*about.split("~")):
            self._trace.violated("deleted_early", f"{key}: its origin is not closed and no successor stands")

    def _closed(self, provider: str, task_id: str, origin: str) -> bool:
        for key, body in self._objects.items():
            if key.endswith(f"{provider}/{task_id}/manifest.json"):
                if origin in Manifest.from_json(body).closed:
                    return True
            elif key.startswith("dead/") and f"/{provider}/" in key and key.endswith(".json"):
                letter = DeadLetter.from_json(body)
                if letter.task_id == task_id and origin in letter.closed:
                    return True
        return False


@lru_cache(maxsize=4096)
def due_s(key: str) -> float:
    """When an entry is due, in seconds of the model; what no key tells is due from the beginning."""
    try:
        return (layout.read_due_key(key).when - NOW).total_seconds()
    except ValueError:
        return 0.0


@lru_cache(maxsize=4096)
def about_of(due_key: str) -> str:
    """Task and origin of a due entry, or nothing where its key tells none."""
    try:
        told = layout.read_due_key(due_key)
    except ValueError:
        return ""
    return f"{told.provider}~{told.task_id}~{told.origin}"
