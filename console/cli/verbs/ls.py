"""`fixative ls`: list tasks from the catalogue."""

from __future__ import annotations

import click

from archive.library.catalogue_reading import CatalogueFilter, CatalogueReading, read_catalogue
from archive.library.due_reading import WaitingFilter, read_waiting
from archive.library.span import Span, today_and_yesterday
from archive.records.catalogue import CatalogueLine
from archive.store.bucket import Bucket
from console.cli import words
from console.cli.desk import Desk
from console.cli.options import catalogue_options, read_span, with_desk
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


@click.command()
@catalogue_options
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The newest N of them.")
@with_desk
def command(
    desk: Desk,
    /,
    *,
    day: str | None,
    since: str | None,
    until: str | None,
    limit: int | None,
    **wanted: str | None,
) -> None:
    """List tasks, the newest first: those of today and yesterday, or of the time that is said.

    Of a task that changed, what was last said of it within that time is shown.
    With --json: one array, a catalogue line an element. --status waiting lists what `fixative waiting` does.
    """
    bucket = desk.bucket()
    if wanted["status"] == "waiting":
        waiting = read_waiting(bucket, WaitingFilter(wanted["provider"], wanted["label"]))
        show_waiting(desk.output, waiting, bucket.now(), limit)
        return
    reading = listed(bucket, span_said(bucket, since, until, day), CatalogueFilter(**wanted))
    shown = reading.lines[:limit]
    if desk.output.json:
        desk.output.array(shown)
    else:
        desk.output.table(COLUMNS, map(_row, shown))
    tell_rest(desk.output, reading, len(shown))


def span_said(bucket: Bucket, since: str | None, until: str | None, day: str | None) -> Span:
    """The span that the options say, else today and yesterday."""
    span = read_span(since, until, day, bucket.now())
    return today_and_yesterday(bucket.now()) if span == Span() else span


def listed(bucket: Bucket, span: Span, wanted: CatalogueFilter) -> CatalogueReading:
    """The lines of the span that pass the filter."""
    reading = read_catalogue(bucket, span)
    return reading._replace(lines=tuple(line for line in reading.lines if wanted.wants(line)))


def tell_rest(output: Output, reading: CatalogueReading, shown: int) -> None:
    """Say how many there are, how many are not shown, and how many lines were passed over."""
    for said in words.passed_over(reading.malformed, reading.newer):
        output.say(said)
    found = len(reading.lines)
    if not output.json:
        more = f", {shown:,} of them shown" if shown < found else ""
        output.say(
            f"{words.counted(found, 'task')}{more}" if found else "no tasks; --since looks further back"
        )


def _row(line: CatalogueLine) -> list[str]:
    return [
        words.moment(line.changed_at),
        f"{line.provider}/{line.task_id}",
        line.status,
        line.model or "",
        _images(line),
        words.joined(line.sizes),
        words.joined(line.formats),
        words.bytes_in_words(line.bytes) if line.bytes else "",
        line.label or "",
        words.joined(line.findings),
        words.short(line.error or ""),
    ]


def _images(line: CatalogueLine) -> str:
    """How many are kept, and how many lost."""
    if line.status != "completed":
        return ""
    return f"{line.kept} kept, {line.lost} lost" if line.lost else f"{line.kept} kept"
