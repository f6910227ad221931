"""`fixative search`: find tasks by the words of their prompts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from archive.library.place import Place
from archive.library.query import Query, TaskRow
from archive.library.span import Span
from console.cli import words
from console.cli.desk import Desk
from console.cli.library import open_library
from console.cli.options import catalogue_options, paging_options, read_span, with_desk
from console.cli.table import Column
from console.cli.verbs.ls import element, most_shown, tell_rest

# Without an index all prompts of the span are read.
SPAN = timedelta(days=31)
COLUMNS = (
    Column("when (UTC)", lead=True),
    Column("task", lead=True),
    Column("status", lead=True),
    Column("model"),
    Column("images"),
    Column("label"),
    Column("prompt"),
)
NOTHING = (
    "no prompt of these words; only prompts that stand in the catalogue are found (CATALOGUE_PROMPTS), and those that "
    "`fixative index --prompts` has read"
)


@click.command()
@click.argument("prompt_words", nargs=-1, required=True, metavar="PROMPT-WORDS...")
@catalogue_options
@paging_options
@with_desk
def command(
    desk: Desk,
    /,
    *,
    prompt_words: tuple[str, ...],
    day: str | None,
    since: str | None,
    until: str | None,
    limit: int | None,
    after: Place | None,
    **wanted: Any,
) -> None:
    """Find tasks whose prompts have all of these words, the newest first, of 31 days or of the time that is said.

    Words are found in any case, without accents, and whole; of Chinese, Japanese and Korean also parts. What is an
    operator elsewhere (AND, OR, quotes, *) is a word here, or nothing. With --json: one array, as `ls` has.
    """
    bucket, library = open_library(desk)
    span = read_span(since, until, day, bucket.now())
    query = Query(
        Span(bucket.now() - SPAN) if span == Span() else span, text=" ".join(prompt_words), **wanted
    )
    page = library.page(query, after, most_shown(desk.output, limit))
    if desk.output.json:
        desk.output.array(map(element, page.rows))
    else:
        desk.output.table(COLUMNS, map(_row, page.rows))
    tell_rest(desk.output, page, NOTHING)


def _row(row: TaskRow) -> list[str]:
    line = row.line
    assert line is not None
    return [
        words.moment(row.moment),
        row.name,
        row.status,
        line.model or "",
        f"{line.kept} kept" if line.kept else "",
        line.label or "",
        words.short(line.prompt or ""),
    ]
