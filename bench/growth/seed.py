"""A bucket with so many tasks in it: the data folder of an S3, written once, kept, and copied before it is used."""

from __future__ import annotations

import itertools
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bench.growth.contents import DAYS, archived
from bench.growth.writer import Object, write
from infra.local.parts import s3

FEW, MANY = 10_000, 200_000
_STAMP = "seeded"
# Of one signature, which must not be old; and as often is told how far it is.
_AT_ONCE = 40_000


def cached(seeds: Path, number: int) -> Path | None:
    """The folder with so many tasks around today, if it was written and today is still amid them."""
    folder = _folder(seeds, number)
    stamp = folder / _STAMP
    if not stamp.exists():
        return None
    around = date.fromisoformat(stamp.read_text(encoding="utf-8"))
    return folder if abs(_today() - around) < timedelta(days=DAYS // 2) else None


def made(seeds: Path, number: int) -> Path:
    """The same, written now if it is not there. Raises BenchError, CannotStart."""
    folder = cached(seeds, number)
    if folder:
        return folder
    folder, today, began_s = _folder(seeds, number), _today(), time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    objects = archived(number, today)
    with s3.start(folder) as store:
        for written, some in enumerate(_in_pieces(objects)):
            sys.stderr.write(f"growth: writing {number:,} tasks, {written * _AT_ONCE:,} objects so far\n")
            write(store.address, some)
    (folder / _STAMP).write_text(today.isoformat(), encoding="utf-8")
    sys.stderr.write(f"growth: {number:,} tasks written in {time.monotonic() - began_s:.0f} s\n")
    return folder


def _folder(seeds: Path, number: int) -> Path:
    return seeds / f"seed-{number}"


def _in_pieces(objects: Iterator[Object]) -> Iterator[Iterator[Object]]:
    for first in objects:
        yield itertools.chain([first], itertools.islice(objects, _AT_ONCE - 1))


def _today() -> date:
    return datetime.now(UTC).date()
