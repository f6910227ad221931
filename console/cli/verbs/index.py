"""`fixative index`: make, or bring up to date, the index on this machine."""

from __future__ import annotations

from typing import Any, NamedTuple

import click

from archive import layout
from archive.errors import IndexUnusable
from archive.library.index.feeding import BOOKMARK, Fed, Feeder
from archive.library.index.index_file import IndexFile, fact
from archive.library.index.prompts import read_prompts
from archive.library.index.state import IndexState, state_of
from archive.store.bucket import Bucket
from console.cli import words
from console.cli.desk import Desk
from console.cli.library import Finding, index_of, reading_bar
from console.cli.options import Sentence, with_desk
from console.cli.output import Output
from console.cli.verbs import PROBLEMS


class _Made(NamedTuple):
    fed: Fed
    prompts: int | None


@click.command()
@click.option("--rebuild", is_flag=True, help="Remove it first, and read the whole catalogue again.")
@click.option("--where", is_flag=True, help="Say where its file is or would be, and stop.")
@click.option("--prompts", is_flag=True, help="Also read the prompts, from the manifests: one GET a task.")
@with_desk
def command(desk: Desk, /, *, rebuild: bool, where: bool, prompts: bool) -> None:
    """Make the index, or bring it up to date, and show what it holds: ls, search, whence and failed ask it from then on.

    It is a cache of the catalogue in one file, which several processes may use at the same time. Broken off, it goes
    on from there. With --prompts it reads manifests, the newest first, for prompts that the catalogue does not hold;
    whoever can read the file can read these.
    """
    if where and (rebuild or prompts):
        raise Sentence("--where only says where the file is")
    settings = desk.settings(Finding)
    file = index_of(desk, settings)
    if where:
        _tell_where(desk.output, file)
        return
    if rebuild:
        file.remove()
    bucket = desk.open_bucket(settings.store)
    try:
        made = _made(desk.output, bucket, file, prompts=prompts)
    except IndexUnusable as error:
        desk.output.say(f"{error}; it is removed, and built again")
        file.remove()
        made = _made(desk.output, bucket, file, prompts=prompts)
    with file.reading() as connection:
        _tell(desk.output, file, state_of(connection), made)
    if not made.fed.up_to_date:
        raise click.exceptions.Exit(PROBLEMS)


def _made(output: Output, bucket: Bucket, file: IndexFile, *, prompts: bool) -> _Made:
    with reading_bar(output, _left(bucket, file)) as progress:
        fed = Feeder(bucket, file).feed(wait=True, progress=progress)
    if not prompts:
        return _Made(fed, None)
    bar, line = output.progress("manifests read", 1)
    with bar:
        found = read_prompts(
            bucket, file, lambda looked, _: bar.update(line, completed=looked, total=looked + 1)
        )
    return _Made(fed, found)


def _left(bucket: Bucket, file: IndexFile) -> int:
    """How many objects stand behind the bookmark."""
    bookmark = ""
    if file.is_there:
        with file.reading() as connection:
            bookmark = fact(connection, BOOKMARK) or ""
    return sum(1 for _ in bucket.list(layout.CATALOG, after=bookmark))


def _tell_where(output: Output, file: IndexFile) -> None:
    if output.json:
        output.object({"file": str(file.path), "there": file.is_there, "bytes": file.size})
    else:
        output.line(str(file.path))
        if not file.is_there:
            output.say("there is none yet: `fixative index` makes it")


def _tell(output: Output, file: IndexFile, state: IndexState, made: _Made) -> None:
    told: dict[str, Any] = {
        "file": str(file.path), "bytes": file.size, "up_to_date": made.fed.up_to_date, "read_lines": made.fed.lines,
        "read_prompts": made.prompts, **state._asdict(),
    }  # fmt: skip
    if output.json:
        output.object(told)
        return
    output.pairs(
        [
            ("file", str(file.path)),
            ("size", words.bytes_in_words(file.size)),
            ("tasks", f"{state.tasks:,}"),
            ("from", words.moment(state.first)),
            ("to", words.moment(state.last)),
            ("dead letters", f"{state.letters:,}"),
            ("prompts", f"{state.prompts:,}"),
            ("as of", words.moment(state.as_of)),
            ("read just now", words.counted(made.fed.lines, "line")),
        ]
    )
    if not made.fed.up_to_date:
        output.say("the catalogue changed while it was read: run `fixative index` again")
