"""`fixative export`: write tasks as a table for other programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import click

from archive.library.every_task import EveryTask, every_task
from archive.library.query import Query
from archive.library.sorted_catalogue import SortingTrouble
from archive.printable import one_line
from archive.rolled.tables import DayTables
from console.cli import words
from console.cli.desk import Desk
from console.cli.library import open_library
from console.cli.options import Sentence, catalogue_options, read_span, with_desk
from console.cli.output import Output
from console.cli.verbs import Trouble
from console.exporting.columns import columns, types
from console.exporting.destination import DestinationTaken, refuse_taken, written_whole
from console.exporting.export_bar import ExportBar
from console.exporting.formats import FORMATS, PARQUET, lines_of

STANDARD_OUTPUT = "-"
_ENDINGS = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".parquet": PARQUET}


class _Target(NamedTuple):
    """Where an export goes, None for standard output, and in which format."""

    path: Path | None
    form: str
    force: bool


@click.command()
@click.argument("destination", metavar="DEST")
@catalogue_options
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="Without it, what DEST ends with: tasks.csv."
)
@click.option("--prompts", is_flag=True, help="With a column of prompts, where they are known.")
@click.option("--force", is_flag=True, help="Write DEST anew where it is there already.")
@with_desk
def command(
    desk: Desk,
    /,
    *,
    destination: str,
    day: str | None,
    since: str | None,
    until: str | None,
    form: str | None,
    prompts: bool,
    force: bool,
    **wanted: Any,
) -> None:
    """Write tasks to the file DEST, the newest first, a row each: all, or those that the filters of `ls` pass.

    The columns are those of the catalogue (docs/finding.md). Of a task that changed, what was last said of it within
    that time is written. DEST stands there when it is whole; broken off, nothing does. With - for DEST, they go to
    standard output. A cell of CSV that a spreadsheet would compute has an apostrophe before it; Parquet has the types
    of the catalogue's table (docs/catalogue.md).
    """
    target = _target(destination, form, force=force)
    if target.path is None and desk.output.json:
        raise Sentence("--json tells what was written, so it does not go with - for DEST")
    names = columns(prompts=prompts)
    try:
        if target.path is not None:
            refuse_taken(target.path, force=force)
        bucket, library = open_library(desk)
        query = Query(read_span(since, until, day, bucket.now()), **wanted)
        with ExportBar(desk.output.err) as bar, every_task(bucket, library, query, bar.read) as tasks:
            shown = one_line if target.path is None and sys.stdout.isatty() else str
            lines = lines_of(bar.counted(tasks, tasks.count), target.form, names, shown)
            size = _write(target, names, lines)
    except DestinationTaken as error:
        raise Sentence(str(error)) from error
    except SortingTrouble as error:
        raise Trouble(str(error)) from error
    _tell(desk.output, tasks, destination, rows=bar.rows, size=size)


def _target(destination: str, said: str | None, *, force: bool) -> _Target:
    form = said or _ENDINGS.get(Path(destination).suffix.lower())
    if form is None:
        raise Sentence(f"say --format {'|'.join(FORMATS)}: {destination!r} does not tell it")
    if destination != STANDARD_OUTPUT:
        return _Target(Path(destination), form, force)
    if form == PARQUET:
        raise Sentence("Parquet goes to a file: name one in place of -")
    return _Target(None, form, force)


def _write(target: _Target, names: tuple[str, ...], lines: Iterator[bytes]) -> int:
    """How many bytes were written."""
    if target.path is None:
        return _write_lines(sys.stdout.buffer, lines)
    with written_whole(target.path, force=target.force) as part:
        if target.form == PARQUET:
            DayTables().table(part, types(names), lines)
        else:
            with part.open("xb") as file:
                _write_lines(file, lines)
        return part.stat().st_size


def _write_lines(file: IO[bytes], lines: Iterator[bytes]) -> int:
    size = sum(map(file.write, lines))
    file.flush()
    return size


def _tell(output: Output, tasks: EveryTask, destination: str, *, rows: int, size: int) -> None:
    for said in words.passed_over(tasks.malformed, tasks.newer):
        output.say(said)
    if output.json:
        output.object({
            "destination": destination, "tasks": rows, "bytes": size, "malformed": tasks.malformed, "newer": tasks.newer,
        })  # fmt: skip
    else:
        where = "to standard output" if destination == STANDARD_OUTPUT else f"to {destination}"
        output.say(f"{words.counted(rows, 'task')} ({words.bytes_in_words(size)}) written {where}")
