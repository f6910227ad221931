"""`fixative whence`: name the task that a file is an image of."""

from __future__ import annotations

from pathlib import Path

import click

from archive.library.query import TaskRow
from archive.store.sums import digest
from console.cli import words
from console.cli.desk import Desk
from console.cli.library import open_library
from console.cli.options import with_desk
from console.cli.table import Column
from console.cli.verbs import PROBLEMS

COLUMNS = (
    Column("when (UTC)", lead=True),
    Column("task", lead=True),
    Column("image", lead=True),
    Column("model"),
    Column("label"),
    Column("key"),
)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE")
@with_desk
def command(desk: Desk, /, *, file: Path) -> None:
    """Name the tasks that keep these very bytes, by their SHA-256; a file that was changed or saved anew is none.

    Without an index the whole catalogue is read. Exit code 1: no task keeps them. With --json: one array.
    """
    sha256 = digest(file)
    _, library = open_library(desk)
    rows = library.whence(sha256)
    found = [(row, image.name) for row in rows for image in row.images if image.sha256 == sha256]
    if desk.output.json:
        desk.output.array(
            {"task": row.name, "provider": row.provider, "task_id": row.task_id, "key": _key(row, name),
             "sha256": sha256, "changed_at": row.moment, "model": row.told.model, "label": row.told.label}
            for row, name in found
        )  # fmt: skip
    else:
        desk.output.table(
            COLUMNS,
            [
                [
                    words.moment(row.moment),
                    row.name,
                    name,
                    row.told.model or "",
                    row.told.label or "",
                    _key(row, name),
                ]
                for row, name in found
            ],
        )
    if not found:
        desk.output.say(
            f"no task keeps a file with the SHA-256 {sha256}; lines of older versions name no images"
        )
        raise click.exceptions.Exit(PROBLEMS)


def _key(row: TaskRow, name: str) -> str:
    return f"{row.told.key.rsplit('/', 1)[0]}/{name}"
