"""Lists, filters and searches over a month: what a person waits for, and what it costs in requests, bytes and memory.

The size is BENCH_LIST_TASKS tasks a day over BENCH_LIST_DAYS days; 200,000 and 30 where nobody says.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from archive.library.catalogue_library import CatalogueLibrary
from archive.library.index.feeding import Feeder
from archive.library.index.index_file import IndexFile, index_path
from archive.library.index.index_library import IndexLibrary
from archive.library.query import Query
from archive.library.span import Span
from archive.store.bucket import Bucket, open_bucket
from bench.errors import BenchError
from bench.ground import Ground, stood
from bench.listing.contents import APART, LABELS, MODELS, RARE_WORD
from bench.listing.month import write_month

DAYS, TASKS_A_DAY = 30, 200_000
_WITHIN_S = 600
_COMMAND = (sys.executable, "-c", "from console.cli.verbs import main; main()")

Figures = dict[str, Any]


class _Run(NamedTuple):
    wall_s: float
    peak_bytes: int


def measure(rounds: int, folder: Path, peers: Path) -> Figures:
    """The figures of the part. Raises BenchError, CannotStart."""
    days = int(os.environ.get("BENCH_LIST_DAYS", DAYS))
    tasks_a_day = int(os.environ.get("BENCH_LIST_TASKS", TASKS_A_DAY))
    with stood(folder, peers) as ground, _bucket(ground) as bucket:
        now = bucket.now()
        tasks = write_month(bucket, now, days, tasks_a_day)
        where = folder / "index"
        file = IndexFile(index_path(where, ground.s3.endpoint, ground.s3.bucket, ""))
        began_s = time.monotonic()
        fed = Feeder(bucket, file).feed()
        fed_s = time.monotonic() - began_s
        if not fed.up_to_date or fed.lines != tasks:
            raise BenchError(f"Of {tasks:,} tasks {fed.lines:,} were read into the index.")
        library = IndexLibrary(bucket, file)
        month = Span(now - timedelta(days=days), None)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        yesterday = str(now.date() - timedelta(days=1))
        figures = {
            "tasks": tasks, "tasks_a_day": tasks_a_day,
            "index_tasks_per_s": tasks / fed_s,
            **_sizes(file, tasks),
            **_questions(library, month, rounds),
            **_ls(ground, where, yesterday, rounds),
            "gets_a_day": _gets(ground, Span(midnight - timedelta(days=1), midnight)),
            "gets_today": _gets(ground, Span(midnight)),
        }  # fmt: skip
    shutil.rmtree(folder, ignore_errors=True)
    return figures


def _sizes(file: IndexFile, tasks: int) -> Figures:
    """Bytes a task, of prompts and of the rest."""
    with file.reading() as connection:
        prompts = connection.execute(
            "SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'prompts%' OR name LIKE 'words%'"
        ).fetchone()[0]
    return {"index_bytes_a_task": (file.size - prompts) / tasks, "index_prompt_bytes_a_task": prompts / tasks}


def _questions(library: IndexLibrary, month: Span, rounds: int) -> Figures:
    """The slowest of several questions of each kind, the median of its rounds."""
    filters = {
        "model": Query(month, model=MODELS[0]),
        "label": Query(month, label=LABELS[3]),
        "labels": Query(month, label="shop/*-01?"),
        "finding": Query(month, finding="any", model=MODELS[1]),
        "failed": Query(month, status="failed", label=LABELS[5]),
        "cost": Query(month, cost_from=5.0, size="2048x2048"),
        "two that nothing has together": Query(month, model=APART[0], label=APART[1]),
        "unsafe": Query(month, unsafe=True),
        "no such label": Query(month, label="nobody/*"),
        "no such cost": Query(month, cost_from=11.0),
    }
    searches = {
        "a word that half of them have": Query(month, text="harbour"),
        "two words": Query(month, text="harbosty mistine"),
        "a rare word": Query(month, text=RARE_WORD),
        "Chinese": Query(month, text="小猫"),
        "one character": Query(month, text="猫"),
        "no such word": Query(month, text="nowhere"),
        "a word and a filter": Query(month, text="harbour", label=LABELS[3]),
    }
    told_filters = {name: _median_ms(partial(library.page, query), rounds) for name, query in filters.items()}
    told_searches = {
        name: _median_ms(partial(library.page, query), rounds) for name, query in searches.items()
    }
    return {
        "filter_month_ms": max(told_filters.values()),
        "search_month_ms": max(told_searches.values()),
        "filters_ms": told_filters,
        "searches_ms": told_searches,
    }


def _ls(ground: Ground, where: Path, day: str, rounds: int) -> Figures:
    runs = {
        name: [_run(ground, folder, "ls", "--day", asked) for _ in range(rounds)]
        for name, folder, asked in (
            ("ls_day", where, day),
            ("ls_today", where, "today"),
            ("ls_day_without_index", where / "none", day),
            ("ls_today_without_index", where / "none", "today"),
        )
    }
    return {f"{name}_s": statistics.median(run.wall_s for run in each) for name, each in runs.items()} | {
        f"{name}_peak_bytes": max(run.peak_bytes for run in each) for name, each in runs.items()
    }


def _gets(ground: Ground, span: Span) -> int:
    """Objects that `ls` of a day reads without an index."""
    with _bucket(ground) as bucket:
        counted = _Counting(bucket)
        CatalogueLibrary(counted).page(Query(span))
        return counted.gets


class _Counting(Bucket):
    """A bucket that counts what is read of it."""

    def __init__(self, bucket: Bucket) -> None:
        self.__dict__.update(bucket.__dict__)
        self.gets = 0

    def get(self, key: str) -> Any:
        self.gets += 1
        return super().get(key)


def _run(ground: Ground, where: Path, *words: str) -> _Run:
    """The command as people start it, and the most memory that it had."""
    began_s = time.monotonic()
    environment = ground.environment(INDEX_FOLDER=str(where))
    process = subprocess.Popen(
        [*_COMMAND, *words], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise BenchError(
            f"fixative {' '.join(words)} ended with {process.returncode}: {said.decode()[-300:]}"
        )
    return _Run(time.monotonic() - began_s, used.ru_maxrss * 1024)


def _median_ms(do: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        began_s = time.monotonic()
        do()
        times.append((time.monotonic() - began_s) * 1_000)
    return statistics.median(times)


@contextmanager
def _bucket(ground: Ground) -> Iterator[Bucket]:
    """The bucket of the ground, by our own client, which finds the keys in the environment."""
    keys = {"AWS_ACCESS_KEY_ID": ground.s3.access_key, "AWS_SECRET_ACCESS_KEY": ground.s3.secret_key}
    before = {name: os.environ.get(name) for name in keys}
    os.environ.update(keys)
    try:
        yield open_bucket(name=ground.s3.bucket, endpoint=ground.s3.endpoint, read_s=60.0)
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
