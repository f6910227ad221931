"""Prompts from manifests into the index, the newest task first, for archives whose catalogue holds none."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from archive.errors import MalformedRecord, NewerRecord
from archive.library.index.asking import look_of
from archive.library.index.feeding import Progress
from archive.library.index.index_file import IndexFile, fact, set_fact
from archive.library.index.packing import moment_in, unpack
from archive.library.index.writing import Writer
from archive.library.reading import read_all
from archive.records.manifest import Manifest
from archive.store.bucket import Bucket
from archive.store.record_at import record_of

# Manifests that are read before what they told is committed.
TASKS_A_COMMIT = 500
_LOOKED_AT = "prompts_looked_at"
_ABOVE_ALL = 2**63 - 1


class _Task(NamedTuple):
    id: int
    key: str


def read_prompts(bucket: Bucket, file: IndexFile, progress: Progress | None = None) -> int:
    """Read the prompts of all tasks whose manifests were not looked at; how many there were.

    It may be broken off at any time, and goes on from there. Raises BucketUnavailable, IndexUnusable.
    """
    found = looked = 0
    with file.feeding(wait=True) as connection:
        assert connection is not None
        ranges = _ranges(connection)
        top = _ABOVE_ALL
        while tasks := list(_not_looked_at(connection, ranges, top)):
            prompts = _prompts(bucket, tasks)
            writer = Writer(connection)
            connection.execute("BEGIN IMMEDIATE")
            told = [(task.id, prompts[task.key]) for task in tasks if task.key in prompts]
            writer.add_prompts(told, of_manifest=True)
            ranges = _joined([*ranges, (tasks[-1].id, tasks[0].id)])
            set_fact(connection, _LOOKED_AT, json.dumps(ranges))
            connection.execute("COMMIT")
            top = tasks[-1].id - 1
            found, looked = found + len(prompts), looked + len(tasks)
            if progress:
                progress(looked, found)
    return found


def left_to_look_at(connection: sqlite3.Connection) -> int:
    """Of how many tasks the prompts were not looked for."""
    ranges = _ranges(connection)
    counted: int = connection.execute(
        "SELECT count(*) FROM tasks WHERE until IS NULL AND NOT EXISTS (SELECT 1 FROM json_each(?) r"
        " WHERE tasks.id BETWEEN json_extract(r.value, '$[0]') AND json_extract(r.value, '$[1]'))"
        " AND id NOT IN (SELECT id FROM prompts)",
        (json.dumps(ranges),),
    ).fetchone()[0]
    return counted


def _ranges(connection: sqlite3.Connection) -> list[tuple[int, int]]:
    return [(low, high) for low, high in json.loads(fact(connection, _LOOKED_AT) or "[]")]


def _not_looked_at(
    connection: sqlite3.Connection, ranges: list[tuple[int, int]], top: int
) -> Iterator[_Task]:
    """The next tasks without a prompt, from the newest on."""
    count = 0
    for low, high in _gaps(ranges, top):
        for rowid, name, look, fine, packed in connection.execute(
            "SELECT id, name, look, fine, packed FROM tasks WHERE until IS NULL AND id BETWEEN ? AND ?"
            " AND id NOT IN (SELECT id FROM prompts) ORDER BY id DESC LIMIT ?",
            (low, high, TASKS_A_COMMIT - count),
        ):
            line = unpack(name, moment_in(rowid, fine), fine, look_of(connection, look), "", packed)
            yield _Task(rowid, line.key)
            count += 1
        if count:
            return


def _gaps(ranges: list[tuple[int, int]], top: int) -> Iterator[tuple[int, int]]:
    """What lies between ranges, the highest first."""
    for low, high in sorted(ranges, reverse=True):
        if high < top:
            yield high + 1, top
        top = min(top, low - 1)
    yield 0, top


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges that overlap or touch as one."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return joined


def _prompts(bucket: Bucket, tasks: list[_Task]) -> dict[str, str]:
    prompts: dict[str, str] = {}
    for key, body in read_all(bucket, [task.key for task in tasks]):
        try:
            order = record_of(key, body, Manifest).order
        except (MalformedRecord, NewerRecord):
            continue
        if order is not None and order.prompt:
            prompts[key] = order.prompt
    return prompts
