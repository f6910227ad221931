"""Lines of the catalogue into the index: each state of a task once, and which of them holds."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from archive.library.index.packing import (
    Look,
    Packed,
    moment_in,
    pack,
    rowid_range,
    sum_of,
    told_cost,
    unpack,
)
from archive.library.index.schema import SHIFT
from archive.library.place import microseconds
from archive.library.text_words import indexed
from archive.records.catalogue import CatalogueLine, LetterLine, Line

_STATES = ("stands", "dismissed", "gone")
_DAY_MS = 86_400_000
_MILLION = 1_000_000
# Looks, labels and rowids that are remembered while it is fed: more are looked up in the file.
REMEMBERED_MOST = 100_000
# Lines that are looked up and inserted together.
_TOGETHER = 1_000
_INSERT_TASK = "INSERT INTO tasks VALUES (?, ?, ?, ?, ?, ?, ?)"
_INSERT_IMAGE = "INSERT INTO images VALUES (?, ?)"
_INSERT_PROMPT = "INSERT INTO prompts VALUES (?, ?, ?)"
_INSERT_WORDS = "INSERT INTO words (rowid, prompt) VALUES (?, ?)"
_Counts = tuple[int, int, int, int, int]
# A day, a look and a label.
_Place = tuple[int, int, int]
_Row = tuple[int, str, int, int, int, int | None, bytes]


class _State(NamedTuple):
    """A row of a task that is there already."""

    id: int
    fine: int
    until: int | None
    look: int
    label: int

    @property
    def precedence(self) -> tuple[int, int]:
        return moment_in(self.id, self.fine), self.fine % 2


class Writer:
    """Adds lines within a transaction of its caller; `flush` ends it."""

    remembered_most = REMEMBERED_MOST

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._do, self._many = connection.execute, connection.executemany
        self._highest: int = self._do("SELECT coalesce(max(id), -1) FROM tasks").fetchone()[0]
        self._given: dict[int, int] = {}
        self._looks: dict[Look, int] = {}
        self._labels: dict[str, int] = {"": 0}
        self._days: dict[_Place, list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])

    def add(self, lines: Iterable[Line]) -> None:
        """Add lines, in any order; one that is there already changes nothing."""
        told = iter(lines)
        while some := list(itertools.islice(told, _TOGETHER)):
            tasks: list[tuple[CatalogueLine, Packed]] = []
            for line in some:
                if isinstance(line, LetterLine):
                    self._add_letter(line)
                else:
                    tasks.append((line, pack(line)))
            self._add_tasks(tasks)

    def add_prompts(self, prompts: Collection[tuple[int, str]], *, of_manifest: bool) -> None:
        """The prompts of tasks, by their rowids, to be found by their words."""
        # FTS5 gathers rows while their ids grow, and writes what it has where one is smaller: four times as slow.
        told = sorted(prompts)
        self._many(_INSERT_PROMPT, [(rowid, prompt, of_manifest) for rowid, prompt in told])
        self._many(_INSERT_WORDS, [(rowid, indexed(prompt)) for rowid, prompt in told])

    def flush(self) -> None:
        """Write what was counted."""
        for (day, look, label), counts in self._days.items():
            self._do(
                "INSERT INTO days VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET tasks = tasks + excluded.tasks,"
                " kept = kept + excluded.kept, lost = lost + excluded.lost, bytes = bytes + excluded.bytes,"
                " cost = cost + excluded.cost",
                (day, look, label, *counts),
            )
            if counts[0] <= 0:
                self._do(
                    "DELETE FROM days WHERE day = ? AND look = ? AND label = ? AND tasks = 0",
                    (day, look, label),
                )
        self._days.clear()

    def _add_tasks(self, tasks: list[tuple[CatalogueLine, Packed]]) -> None:
        """Tasks of which nothing is known yet, as nearly all are, together; each other by itself, in their order."""
        names = Counter(packed.name for _, packed in tasks)
        known = self._do(
            "SELECT name FROM tasks WHERE name IN (SELECT value FROM json_each(?))",
            (json.dumps(list(names)),),
        )
        several = {name for (name,) in known} | {name for name, count in names.items() if count > 1}
        rows: list[_Row] = []
        images: list[tuple[int, int]] = []
        prompts: list[tuple[int, str]] = []
        for line, packed in tasks:
            if packed.name not in several:
                row = self._row(packed, None)
                rows.append(row)
                images += [(row[0], sum_of(image.sha256)) for image in line.images]
                if line.prompt is not None:
                    prompts.append((row[0], line.prompt))
                self._add_counts(_place_of(row), _counts(line, packed.cost), 1)
        self._many(_INSERT_TASK, sorted(rows))
        self._many(_INSERT_IMAGE, images)
        self.add_prompts(prompts, of_manifest=False)
        for line, packed in tasks:
            if packed.name in several:
                self._add_task(line, packed)
        if len(self._given) > self.remembered_most:
            self._highest = max(self._highest, *self._given.values())
            self._given.clear()

    def _add_task(self, line: CatalogueLine, packed: Packed) -> None:
        known = self._do(
            "SELECT id, fine, until, look, label FROM tasks WHERE name = ?", (packed.name,)
        ).fetchall()
        states = sorted((_State(*row) for row in known), key=lambda state: state.precedence)
        precedence = (packed.moment, packed.fine % 2)
        same = next((state for state in states if state.precedence == precedence), None)
        if same is not None:
            # What was told last holds, as for whoever reads the catalogue: a prompt may have come to it.
            if not self._tells_nothing_new(same, line, packed):
                self._insert(line, packed, same.until)
                self._remove(same)
            return
        later = next((state for state in states if state.precedence > precedence), None)
        if later is not None and later.precedence[0] == packed.moment:
            return  # the same moment, and it tells more: nobody sees this state
        earlier = next((state for state in reversed(states) if state.precedence < precedence), None)
        rowid = self._insert(line, packed, later.precedence[0] if later else None)
        if earlier is None:
            return
        self._carry_prompt(earlier.id, rowid)
        if earlier.precedence[0] == packed.moment:
            self._remove(earlier)
        else:
            if earlier.until is None:
                self._count(earlier, -1)
            self._do("UPDATE tasks SET until = ? WHERE id = ?", (packed.moment, earlier.id))

    def _tells_nothing_new(self, state: _State, line: CatalogueLine, packed: Packed) -> bool:
        there = self._do("SELECT packed FROM tasks WHERE id = ?", (state.id,)).fetchone()[0]
        found = self._do(
            "SELECT prompt FROM prompts WHERE id = ? AND NOT of_manifest", (state.id,)
        ).fetchone()
        look, label = self._look(packed.look), self._label(packed.label)
        return (there, state.look, state.label, found[0] if found else None) == (
            packed.rest, look, label, line.prompt
        )  # fmt: skip

    def _remove(self, state: _State) -> None:
        """Remove a state that nobody sees any more; its rowid is not given again, since a later one stands."""
        if state.until is None:
            self._count(state, -1)
        self._do("DELETE FROM tasks WHERE id = ?", (state.id,))
        self._do("DELETE FROM images WHERE task = ?", (state.id,))
        self._do("DELETE FROM prompts WHERE id = ?", (state.id,))

    def _insert(self, line: CatalogueLine, packed: Packed, until: int | None) -> int:
        row = self._row(packed, until)
        self._do(_INSERT_TASK, row)
        self._many(_INSERT_IMAGE, [(row[0], sum_of(image.sha256)) for image in line.images])
        if line.prompt is not None:
            self.add_prompts([(row[0], line.prompt)], of_manifest=False)
        if until is None:
            self._add_counts(_place_of(row), _counts(line, packed.cost), 1)
        return row[0]

    def _row(self, packed: Packed, until: int | None) -> _Row:
        look, label = self._look(packed.look), self._label(packed.label)
        return self._rowid(packed.moment), packed.name, look, label, packed.fine, until, packed.rest

    def _rowid(self, moment: int) -> int:
        """One of this millisecond that nobody has, also among those that are given and not written yet."""
        first, last = rowid_range(moment)
        rowid = self._given.get(first)
        if rowid is None:
            rowid = first
            if first <= self._highest:
                query = "SELECT max(id) FROM tasks WHERE id BETWEEN ? AND ?"
                (taken,) = self._do(query, (first, last)).fetchone()
                rowid = first if taken is None else taken + 1
        assert rowid <= last
        self._given[first] = rowid + 1
        return rowid

    def _count(self, state: _State, sign: int) -> None:
        """Take a state out of its day, or add it."""
        name, packed = self._do("SELECT name, packed FROM tasks WHERE id = ?", (state.id,)).fetchone()
        line = self._line(name, state, packed)
        place = _day_of(state.id), state.look, state.label
        self._add_counts(place, _counts(line, told_cost(line)), sign)

    def _line(self, name: str, state: _State, packed: bytes) -> CatalogueLine:
        told = self._do("SELECT told FROM looks WHERE id = ?", (state.look,)).fetchone()[0]
        return unpack(name, moment_in(state.id, state.fine), state.fine, Look.from_text(told), "", packed)

    def _add_counts(self, place: _Place, counts: _Counts, sign: int) -> None:
        sums = self._days[place]
        tasks, kept, lost, size, cost = counts
        sums[0] += sign * tasks
        sums[1] += sign * kept
        sums[2] += sign * lost
        sums[3] += sign * size
        sums[4] += sign * cost

    def _carry_prompt(self, old: int, new: int) -> None:
        """A prompt that was read from a manifest stays with the task; one that a line told goes with that line."""
        found = self._do("SELECT prompt FROM prompts WHERE id = ? AND of_manifest", (old,)).fetchone()
        if found and not self._do("SELECT 1 FROM prompts WHERE id = ?", (new,)).fetchone():
            self.add_prompts([(new, found[0])], of_manifest=True)

    def _add_letter(self, line: LetterLine) -> None:
        rank = microseconds(line.letter_at) * 4 + _STATES.index(line.state)
        changed = microseconds(line.changed_at)
        told = line.to_json()
        there = self._do("SELECT 1 FROM letters WHERE key = ? AND changed = ? AND told = ?",
                         (line.key, changed, told))  # fmt: skip
        if there.fetchone() is None:
            of_task = line.delivery_id is None and line.task_id is not None
            task = f"{line.provider}/{line.task_id}" if of_task else None
            self._do(
                "INSERT INTO letters (key, task, changed, rank, state, given_up, told) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (line.key, task, changed, rank, line.state, microseconds(line.given_up_at), told),
            )

    def _look(self, look: Look) -> int:
        known = self._looks.get(look)
        if known is None:
            known = self._interned("looks", "told", look.to_text())
            if len(self._looks) < self.remembered_most:
                self._looks[look] = known
        return known

    def _label(self, label: str) -> int:
        known = self._labels.get(label)
        if known is None:
            known = self._interned("labels", "label", label)
            if len(self._labels) < self.remembered_most:
                self._labels[label] = known
        return known

    def _interned(self, table: str, column: str, text: str) -> int:
        found = self._do(f"SELECT id FROM {table} WHERE {column} = ?", (text,)).fetchone()  # noqa: S608 - names of ours
        if found:
            return int(found[0])
        self._do(f"INSERT INTO {table} ({column}) VALUES (?)", (text,))  # noqa: S608 - names of ours
        return int(self._do("SELECT last_insert_rowid()").fetchone()[0])


def _counts(line: CatalogueLine, cost: float | None) -> _Counts:
    return 1, line.kept, line.lost, line.bytes, round((cost or 0.0) * _MILLION)


def _place_of(row: _Row) -> _Place:
    return _day_of(row[0]), row[2], row[3]


def _day_of(rowid: int) -> int:
    return (rowid >> SHIFT) // _DAY_MS
