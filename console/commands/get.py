"""`fixative get`: copy images to a folder, checksums checked."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import click
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from archive.bucket import Bucket
from archive.errors import MalformedRecord, Missing, NewerRecord
from archive.manifest import Manifest
from console import words
from console.catalogue_reading import CatalogueFilter
from console.commands import PROBLEMS, Trouble
from console.commands.ls import listed, span_said
from console.commands.options import Sentence, catalogue_options, with_desk
from console.desk import Desk
from console.fetching import (
    Fetched,
    Unsafe,
    Wanted,
    fetch,
    folder_of,
    read_manifest,
    wanted_of,
    write_manifest,
)
from console.output import Output
from console.reading import at_once
from console.table import Column
from console.task_file import find_task

# Images copied at once; a few fill a line, and each holds a file open.
COPIERS = 8
PROBLEM_COLUMNS = (Column("file", lead=True), Column("problem"))


class Chosen(NamedTuple):
    """What to copy: each manifest's bytes with its folder, each asset, and what cannot be copied."""

    manifests: list[tuple[Path, bytes]]
    assets: list[Wanted]
    problems: list[Fetched]
    lost: int


@click.command()
@click.argument("words_", nargs=-1, metavar="[TASK]... DEST")
@catalogue_options
@with_desk
def command(
    desk: Desk,
    /,
    *,
    words_: tuple[str, ...],
    day: str | None,
    since: str | None,
    until: str | None,
    **wanted: str | None,
) -> None:
    """Copy what is kept of tasks, named or found by the filters of `ls`, to the folder DEST.

    It becomes DEST/<provider>/<task_id>/00.png and manifest.json. Files that are there already, with the right
    SHA-256, are left alone. Exit code 1: an image is missing or its SHA-256 differs; no such file is kept.
    """
    *tasks, last = words_ or ("",)
    filtered = bool(day or since or until or CatalogueFilter(**wanted).says_something)
    if not last or bool(tasks) == filtered:
        raise Sentence(
            "say what and where: `get TASK DEST`, or `get --day today DEST` with the filters of `ls`"
        )
    destination = Path(last)
    if destination.exists() and not destination.is_dir():
        raise Sentence(f"{destination} is no folder")
    bucket = desk.bucket()
    if tasks:
        keys = list(_keys_named(bucket, tasks))
    else:
        reading = listed(bucket, span_said(bucket, since, until, day), CatalogueFilter(**wanted))
        keys = [line.key for line in reading.lines]
        for said in reading.passed_over:
            desk.output.say(said)
    chosen = _choose(bucket, keys, destination)
    fetched = _copy(desk.output, bucket, chosen)
    _tell(desk.output, destination, chosen, [*fetched, *chosen.problems])


def _keys_named(bucket: Bucket, tasks: Iterable[str]) -> Iterator[str]:
    for task in tasks:
        file = find_task(bucket, task)
        if file is None or file.manifest is None:
            why = "there is no such task"
            if file is not None:
                why = "it has no manifest; `fixative show` tells why"
                why = f"a newer version wrote {file.newer[0]}" if file.newer else why
            raise Trouble(f"{task}: {why}")
        yield file.manifest_key


def _choose(bucket: Bucket, keys: list[str], destination: Path) -> Chosen:
    """What the manifests under these keys name."""

    def read(key: str) -> tuple[Manifest, bytes] | str:
        try:
            return read_manifest(bucket, key)
        except Missing:
            return f"{key}: the catalogue lists it, and it is not there"
        except NewerRecord as error:
            return f"a newer version wrote its manifest: {error.detail}"
        except MalformedRecord as error:
            return str(error)

    chosen = Chosen([], [], [], 0)
    for key, got in zip(keys, at_once(read, keys), strict=True):
        if isinstance(got, str):
            chosen.problems.append(Fetched(key, got, good=False))
            continue
        manifest, body = got
        if not manifest.assets:
            continue  # failed and cancelled tasks have nothing to copy
        try:
            folder = folder_of(destination, manifest)
            chosen.assets.extend(wanted_of(folder, manifest))
        except Unsafe as error:
            chosen.problems.append(Fetched(key, str(error), good=False))
            continue
        chosen.manifests.append((folder, body))
        chosen = chosen._replace(lost=chosen.lost + len(manifest.lost))
    return chosen


def _copy(output: Output, bucket: Bucket, chosen: Chosen) -> list[Fetched]:
    """Copy the assets, several at once, then the manifests."""
    for folder, _ in chosen.manifests:
        folder.mkdir(parents=True, exist_ok=True)
    stopping = threading.Event()
    bar = Progress(
        TextColumn("copying"), BarColumn(), DownloadColumn(), TransferSpeedColumn(),
        console=output.err, transient=True, disable=not (output.err.is_terminal and chosen.assets),
    )  # fmt: skip
    line = bar.add_task("", total=sum(wanted.asset.bytes for wanted in chosen.assets))
    copy = partial(fetch, bucket, advance=partial(bar.advance, line), stopping=stopping)
    with bar:
        fetched = list(at_once(copy, chosen.assets, COPIERS, stopping.set))
    for folder, body in chosen.manifests:
        write_manifest(folder, body)
    return fetched


def _tell(output: Output, destination: Path, chosen: Chosen, fetched: list[Fetched]) -> None:
    problems = [one for one in fetched if not one.good]
    copied = [one for one in fetched if one.outcome == "copied"]
    there = [one for one in fetched if one.outcome == "there already"]
    if output.json:
        output.object({
            "destination": str(destination), "tasks": len(chosen.manifests), "copied": len(copied),
            "bytes": sum(one.bytes for one in copied), "there_already": len(there), "lost": chosen.lost,
            "files": [one._asdict() for one in fetched],
        })  # fmt: skip
    else:
        output.table(PROBLEM_COLUMNS, [[one.file, one.outcome] for one in problems])
        size = words.bytes_in_words(sum(one.bytes for one in copied))
        already = f", {len(there):,} there already" if there else ""
        output.line(f"{words.counted(len(copied), 'image')} ({size}) of {words.counted(len(chosen.manifests), 'task')}"
                    f" copied to {destination}{already}")  # fmt: skip
    if chosen.lost:
        output.say(
            f"{words.counted(chosen.lost, 'image')} of these tasks were lost; `fixative failed` tells why"
        )
    if problems:
        raise click.exceptions.Exit(PROBLEMS)
