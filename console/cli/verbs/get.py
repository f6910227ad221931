"""`fixative get`: copy images to a folder, checksums checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from archive.library.answers import Library
from archive.library.dead_letters import DeadFilter, read_dead_letters
from archive.library.query import Query
from archive.library.span import Span
from archive.library.task_file import TaskFile, find_task
from archive.records.dead_letter import DeadLetter
from archive.records.manifest import Manifest
from archive.store.bucket import Bucket
from console.cli import words
from console.cli.copying import Chosen, copied, images_of, refused_of
from console.cli.desk import Desk
from console.cli.fetching import Fetched, is_there
from console.cli.library import open_library
from console.cli.options import Sentence, catalogue_options, with_desk
from console.cli.output import Output
from console.cli.pictures import not_here
from console.cli.table import Column
from console.cli.verbs import PROBLEMS, Trouble
from console.cli.verbs.ls import ALL_ROWS, span_said
from providers.registry import PROVIDERS

PROBLEM_COLUMNS = (Column("file", lead=True), Column("problem"))
FILE_COLUMNS = (Column("file", lead=True), Column("image"), Column("bytes", right=True), Column("outcome"))


@click.command()
@click.argument("words_", nargs=-1, metavar="[TASK]... DEST")
@catalogue_options
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="The newest N of the tasks that match."
)
@click.option("--dry-run", is_flag=True, help="Show what would be copied, under which names, and stop.")
@click.option("--refused", is_flag=True, help="Copy the bytes that were refused, in place of images.")
@with_desk
def command(
    desk: Desk,
    /,
    *,
    words_: tuple[str, ...],
    day: str | None,
    since: str | None,
    until: str | None,
    limit: int | None,
    dry_run: bool,
    refused: bool,
    **wanted: Any,
) -> None:
    """Copy what is kept of tasks, named or found by the filters of `ls`, to the folder DEST.

    It becomes DEST/<provider>/<task_id>/ with manifest.json and the images, whose names tell the day, the label
    (else the model), the end of the task's id and the image: 2026-11-21_shop-summer_hkmgrfil_00.png. Files that are
    there already, with the right SHA-256, are left alone. Exit code 1: an image is missing or its SHA-256 differs;
    no such file is kept.

    With --refused: the bytes that came and were no sound image, of tasks that are named or, by --since, --until,
    --day, --provider and --label, of those that `failed` lists.
    """
    *tasks, last = words_ or ("",)
    filtered = bool(day or since or until or limit or Query(**wanted).says_something)
    if tasks and filtered:
        raise Sentence("tasks that are named, and filters or --limit, exclude one another")
    if not last or not (tasks or filtered):
        raise Sentence(
            "say what and where: `get TASK DEST`, or `get --day today DEST` with the filters of `ls`"
        )
    if refused and Query(**wanted | {"provider": None, "label": None}).says_something:
        raise Sentence("--refused goes with --since, --until, --day, --provider, --label and --limit alone")
    destination = Path(last)
    if destination.exists() and not destination.is_dir():
        raise Sentence(f"{destination} is no folder")
    bucket, library = open_library(desk) if filtered and not refused else (desk.bucket(), None)
    files = [_named(bucket, task) for task in tasks]
    if refused:
        records = _lossy(files) if tasks else _given_up(bucket, span_said(bucket, since, until, day), wanted)
        chosen = refused_of(list(records)[:limit], destination)
    else:
        keys = [_manifest_key(file) for file in files]
        if library is not None:
            query = Query(span_said(bucket, since, until, day), **wanted)
            keys = _keys_listed(desk.output, library, query, limit)
        chosen = images_of(bucket, keys, destination)
    fetched = _would_be(chosen) if dry_run else copied(desk.output, bucket, chosen)
    _tell(desk.output, destination, chosen, [*fetched, *chosen.problems], dry_run=dry_run)


def _named(bucket: Bucket, task: str) -> TaskFile:
    file = find_task(bucket, task, PROVIDERS)
    if file is None:
        raise Trouble(not_here(task))
    return file


def _manifest_key(file: TaskFile) -> str:
    if file.manifest is None:
        why = "it has no manifest; `fixative show` tells why"
        raise Trouble(f"{file.name}: {f'a newer version wrote {file.newer[0]}' if file.newer else why}")
    return file.manifest_key


def _keys_listed(output: Output, library: Library, query: Query, limit: int | None) -> list[str]:
    page = library.page(query, None, limit or ALL_ROWS)
    for said in words.passed_over(page.malformed, page.newer):
        output.say(said)
    return [row.line.key for row in page.rows if row.line is not None]


def _lossy(files: Iterable[TaskFile]) -> Iterator[Manifest | DeadLetter]:
    """What tells of the lost images of each task; a letter knows the latest."""
    for file in files:
        record = file.letter or file.manifest
        if record is not None:
            yield record


def _given_up(bucket: Bucket, span: Span, wanted: dict[str, Any]) -> Iterator[DeadLetter]:
    letters = read_dead_letters(bucket, DeadFilter(span, provider=wanted["provider"], label=wanted["label"]))
    return (dead.letter for dead in letters.dead)


def _would_be(chosen: Chosen) -> list[Fetched]:
    """What `copied` would come to, with nothing written."""
    return [
        Fetched(str(each.path), "there already" if is_there(each) else "would be copied", bytes=each.bytes)
        for each in chosen.wanted
    ]


def _tell(
    output: Output, destination: Path, chosen: Chosen, fetched: list[Fetched], *, dry_run: bool
) -> None:
    problems = [one for one in fetched if not one.good]
    copies = [one for one in fetched if one.outcome in {"copied", "would be copied"}]
    there = [one for one in fetched if one.outcome == "there already"]
    tasks = len({each.path.parent for each in chosen.wanted} | {folder for folder, _ in chosen.manifests})
    if output.json:
        output.object({
            "destination": str(destination), "dry_run": dry_run, "tasks": tasks,
            "copied": 0 if dry_run else len(copies), "bytes": sum(one.bytes for one in copies),
            "there_already": len(there), "lost": chosen.lost, "files": [one._asdict() for one in fetched],
        })  # fmt: skip
    else:
        if dry_run:
            output.table(FILE_COLUMNS, [
                [one.file, each.told, words.bytes_in_words(each.bytes) if each.bytes else "", one.outcome]
                for each, one in zip(chosen.wanted, fetched, strict=False)
            ])  # fmt: skip
        output.table(PROBLEM_COLUMNS, [[one.file, one.outcome] for one in problems])
        size = words.bytes_in_words(sum(one.bytes for one in copies))
        already = f", {len(there):,} there already" if there else ""
        done = "would be copied" if dry_run else "copied"
        output.line(f"{words.counted(len(copies), 'file')} ({size}) of {words.counted(tasks, 'task')} "
                    f"{done} to {destination}{already}")  # fmt: skip
    if chosen.lost:
        output.say(
            f"{words.counted(chosen.lost, 'image')} of these tasks were lost; `fixative failed` tells why"
        )
    if problems:
        raise click.exceptions.Exit(PROBLEMS)
