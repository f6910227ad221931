"""`fixative ls`: list tasks, the newest first."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from archive.library.answers import PAGE_ROWS, Page
from archive.library.due_reading import WaitingFilter, read_waiting
from archive.library.place import Place
from archive.library.query import Query, TaskRow
from archive.library.span import Span, today_and_yesterday
from archive.store.bucket import Bucket
from console.cli import words
from console.cli.desk import Desk
from console.cli.library import open_library
from console.cli.options import catalogue_options, paging_options, read_span, with_desk
from console.cli.output import Output
from console.cli.table import Column
from console.cli.verbs.waiting import show_waiting

COLUMNS = (
    Column("when (UTC)", lead=True),
    Column("task", lead=True),
    Column("status", lead=True),
    Column("model"),
    Column("images"),
    Column("sizes"),
    Column("formats"),
    Column("bytes", right=True),
    Column("label"),
    Column("findings"),
    Column("error"),
)
# More than any list has: programs that read JSON are given all of it.
ALL_ROWS = 10_000_000


@click.command()
@partial(catalogue_options, more=("waiting",))
@paging_options
@with_desk
def command(
    desk: Desk,
    /,
    *,
    day: str | None,
    since: str | None,
    until: str | None,
    limit: int | None,
    after: Place | None,
    **wanted: Any,
) -> None:
    """List tasks, the newest first: those of today and yesterday, or of the time that is said.

    Without --limit the newest 100 are shown, with --json all. Of a task that changed, what was last said of it within
    that time is shown. `lost` are tasks of which nothing was kept. With --json: one array, a catalogue line an element.
    --status waiting lists what `fixative waiting` does.
    """
    if wanted["status"] == "waiting":
        bucket = desk.bucket()
        waiting = read_waiting(bucket, WaitingFilter(wanted["provider"], wanted["label"]))
        show_waiting(desk.output, waiting, bucket.now(), limit)
        return
    bucket, library = open_library(desk)
    query = Query(span_said(bucket, since, until, day), **wanted)
    page = library.page(query, after, most_shown(desk.output, limit))
    show_page(desk.output, page)
    tell_rest(desk.output, page, "no tasks; --since looks further back")


def most_shown(output: Output, limit: int | None) -> int:
    """How many rows are shown: programs are given all, people a page."""
    return limit or (ALL_ROWS if output.json else PAGE_ROWS)


def span_said(bucket: Bucket, since: str | None, until: str | None, day: str | None) -> Span:
    """The span that the options say, else today and yesterday."""
    span = read_span(since, until, day, bucket.now())
    return today_and_yesterday(bucket.now()) if span == Span() else span


def show_page(output: Output, page: Page) -> None:
    """Print the rows of a page."""
    if output.json:
        output.array(map(element, page.rows))
    else:
        output.table(COLUMNS, map(_row, page.rows))


def tell_rest(output: Output, page: Page, nothing: str) -> None:
    """Say how many there are, how the next page is seen, and how many lines were passed over."""
    for said in words.passed_over(page.malformed, page.newer):
        output.say(said)
    if output.json:
        return
    shown = len(page.rows)
    more = "" if page.counted_all else "more than "
    beside = f", {shown:,} of them shown" if shown < page.counted or more else ""
    output.say(f"{more}{words.counted(page.counted, 'task')}{beside}" if page.counted else nothing)
    if page.next is not None:
        output.say(f"the next page: the same with --after {page.next}")


def element(row: TaskRow) -> object:
    """A task as `--json` tells it: its catalogue line, or of one that is lost what its letter's line tells."""
    if row.line is not None:
        return row.line
    letter = row.told
    return {"status": row.status} | {
        name: getattr(letter, name)
        for name in (
            "changed_at",
            "provider",
            "task_id",
            "model",
            "label",
            "reason",
            "reasons",
            "lost",
            "key",
        )
    }


def _row(row: TaskRow) -> list[str]:
    line = row.line
    if line is None:
        letter = row.letter
        assert letter is not None
        lost = f"{letter.lost} lost" if letter.lost else ""
        return [words.moment(row.moment), row.name, row.status, letter.model or "", lost, "", "", "",
                letter.label or "", "", letter.reason]  # fmt: skip
    return [
        words.moment(line.changed_at),
        row.name,
        line.status,
        line.model or "",
        _images(row),
        words.joined(line.sizes),
        words.joined(line.formats),
        words.bytes_in_words(line.bytes) if line.bytes else "",
        line.label or "",
        words.joined(line.findings),
        words.short(line.error or ""),
    ]


def _images(row: TaskRow) -> str:
    """How many are kept, and how many lost."""
    line = row.line
    if line is None or line.status != "completed":
        return ""
    return f"{line.kept} kept, {line.lost} lost" if line.lost else f"{line.kept} kept"
