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
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from archive.library.catalogue_library import CatalogueLibrary
from archive.library.index.feeding import Feeder
from archive.library.index.index_file import IndexFile, index_path
from archive.library.index.index_library import IndexLibrary
from archive.library.query import Query
from archive.library.span import Span
from archive.store.bucket import Bucket
from bench.errors import BenchError
from bench.ground import Ground, bucket_of, stood
from bench.listing.contents import APART, LABELS, MODELS, RARE_WORD, lines_of
from bench.listing.month import write_month
from bench.listing.writers import two_writers
from workers.catalogue_lines import Ended, gathering

DAYS, TASKS_A_DAY = 30, 200_000
_WITHIN_S = 600
# What a child had in memory at most: its own word, since the system counts what its parent had when it was forked.
_COMMAND = (
    sys.executable,
    "-c",
    (
        "import pathlib, re, sys\n"
        "from console.cli.verbs import main\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    told = pathlib.Path('/proc/self/status').read_text()\n"
        "    sys.stderr.write('\\n' + re.search(r'VmHWM:\\s*(\\d+)', told)[1])\n"
    ),
)
# Tasks that end one after the other, by the clock of the goal: five a second.
_ENDING, _APART_S = 100, 0.2

Figures = dict[str, Any]


class _Run(NamedTuple):
    wall_s: float
    peak_bytes: int


def measure(rounds: int, folder: Path, peers: Path) -> Figures:
    """The figures of the part. Raises BenchError, CannotStart."""
    days = int(os.environ.get("BENCH_LIST_DAYS", DAYS))
    tasks_a_day = int(os.environ.get("BENCH_LIST_TASKS", TASKS_A_DAY))
    with stood(folder, peers) as ground, bucket_of(ground) as bucket:
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
            "catalogue_puts_a_task": _puts_a_task(),
            **_sizes(file, tasks),
            **_questions(library, month, rounds),
            "gets_a_day": _gets(ground, Span(midnight - timedelta(days=1), midnight)),
            "gets_today": _gets(ground, Span(midnight)),
            **_ls(ground, where, yesterday, rounds),
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
    """`ls` of a day and of today, with the index and without, while two workers write."""
    runs = {}
    for name, folder, asked in (
        ("ls_day", where, day),
        ("ls_today", where, "today"),
        ("ls_day_without_index", where / "none", day),
        ("ls_today_without_index", where / "none", "today"),
    ):
        with bucket_of(ground) as bucket, two_writers(bucket):
            runs[name] = [_run(ground, folder, "ls", "--day", asked) for _ in range(rounds)]
    return {f"{name}_s": statistics.median(run.wall_s for run in each) for name, each in runs.items()} | {
        f"{name}_peak_bytes": max(run.peak_bytes for run in each) for name, each in runs.items()
    }


def _gets(ground: Ground, span: Span) -> int:
    """Objects that `ls` of a day reads without an index."""
    with bucket_of(ground) as bucket:
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
    done = subprocess.run(
        [*_COMMAND, *words], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=_WITHIN_S,
        check=False,
    )  # fmt: skip
    said, _, peak_kib = done.stderr.decode().rpartition("\n")
    if done.returncode:
        raise BenchError(f"fixative {' '.join(words)} ended with {done.returncode}: {said[-300:]}")
    return _Run(time.monotonic() - began_s, int(peak_kib) * 1024)


def _puts_a_task() -> float:
    """Objects that a worker's journal makes of tasks that end one after the other."""
    commits: list[int] = []

    def commit(ended: Sequence[Ended]) -> str:
        commits.append(len(ended))
        return ""

    journal = gathering(commit)
    for line in lines_of(datetime.now(UTC).date(), _ENDING):
        journal.append(Ended((line,), ()), len(line.to_json()), lines=1)
        time.sleep(_APART_S)
    journal.close(_APART_S * _ENDING)
    return len(commits) / _ENDING


def _median_ms(do: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        began_s = time.monotonic()
        do()
        times.append((time.monotonic() - began_s) * 1_000)
    return statistics.median(times)
