"""What `get` copies: the images of manifests, or the bytes that were refused; chosen, then copied several at the same time."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from archive import layout
from archive.errors import MalformedRecord, Missing, NewerRecord
from archive.library.reading import at_once
from archive.records.asset import LostAsset
from archive.records.dead_letter import DeadLetter
from archive.records.manifest import Manifest
from archive.store.bucket import Bucket
from archive.task_ids import filed_id
from console.cli.fetching import (
    Fetched,
    Unsafe,
    Wanted,
    fetch,
    folder_of,
    folder_under,
    read_manifest,
    stem,
    wanted_of,
    write_manifest,
)
from console.cli.output import Output

# Objects copied at the same time; a few fill a line, and each holds a file open.
COPIERS = 8


class Chosen(NamedTuple):
    """What to copy: each manifest's bytes with its folder, each object, what cannot be copied; how many images are lost."""

    manifests: list[tuple[Path, bytes]]
    wanted: list[Wanted]
    problems: list[Fetched]
    lost: int = 0


def images_of(bucket: Bucket, keys: list[str], destination: Path) -> Chosen:
    """The images that the manifests under these keys name."""

    def read(key: str) -> tuple[Manifest, bytes] | str:
        try:
            return read_manifest(bucket, key)
        except Missing:
            return f"{key}: the catalogue lists it, and it is not there"
        except NewerRecord as error:
            return f"a newer version wrote its manifest: {error.detail}"
        except MalformedRecord as error:
            return str(error)

    chosen = Chosen([], [], [])
    for key, got in zip(keys, at_once(read, keys), strict=True):
        if isinstance(got, str):
            chosen.problems.append(Fetched(key, got, good=False))
            continue
        manifest, body = got
        if not manifest.assets:
            continue  # failed and cancelled tasks have nothing to copy
        try:
            folder = folder_of(destination, manifest)
            chosen.wanted.extend(wanted_of(folder, manifest))
        except Unsafe as error:
            chosen.problems.append(Fetched(key, str(error), good=False))
            continue
        chosen.manifests.append((folder, body))
        chosen = chosen._replace(lost=chosen.lost + len(manifest.lost))
    return chosen


def refused_of(records: Iterable[Manifest | DeadLetter], destination: Path) -> Chosen:
    """The bytes that were refused for images of these tasks, where any are kept."""
    chosen = Chosen([], [], [])
    for record in records:
        for lost in record.lost:
            if lost.refused_key is None or record.task_id is None:
                continue
            try:
                chosen.wanted.append(_refused(record, record.task_id, lost, destination))
            except Unsafe as error:
                chosen.problems.append(Fetched(lost.refused_key, str(error), good=False))
    return chosen


def _refused(record: Manifest | DeadLetter, task_id: str, lost: LostAsset, destination: Path) -> Wanted:
    at = record.at if isinstance(record, DeadLetter) else record.created_at or record.changed_at
    assert lost.refused_key
    index, _, ending = (
        lost.refused_key.rpartition("/")[2].removeprefix(f"{filed_id(task_id)}.").partition(".")
    )
    if not layout.REFUSED_NAME.fullmatch(f"{index}.{ending}"):
        raise Unsafe(f"no name for a file: {lost.refused_key[-80:]!r}")
    name = f"{stem(at.date(), record.label or record.model, task_id)}_{index}.refused.bin"
    return Wanted(
        lost.refused_key,
        folder_under(destination, record.provider, task_id) / name,
        f"refused: {lost.reason}",
    )


def copied(output: Output, bucket: Bucket, chosen: Chosen) -> list[Fetched]:
    """Copy the objects, several at the same time, then the manifests."""
    for wanted in chosen.wanted:
        wanted.path.parent.mkdir(parents=True, exist_ok=True)
    for folder, _ in chosen.manifests:
        folder.mkdir(parents=True, exist_ok=True)
    stopping = threading.Event()
    bar = Progress(
        TextColumn("copying"), BarColumn(), DownloadColumn(), TransferSpeedColumn(),
        console=output.err, transient=True, disable=not (output.err.is_terminal and chosen.wanted),
    )  # fmt: skip
    line = bar.add_task("", total=sum(wanted.bytes for wanted in chosen.wanted) or None)
    copy = partial(fetch, bucket, advance=partial(bar.advance, line), stopping=stopping)
    with bar:
        fetched = list(at_once(copy, chosen.wanted, COPIERS, stopping.set))
    for folder, body in chosen.manifests:
        write_manifest(folder, body)
    return fetched
