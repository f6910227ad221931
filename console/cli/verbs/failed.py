"""`fixative failed`: what was given up, what is incomplete, and findings."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import click

from archive.library.answers import Library
from archive.library.dead_letters import Dead, DeadFilter, DeadReading, reasons_counted
from archive.library.due_reading import WaitingFilter, WaitingReading, read_waiting
from archive.library.letters_found import find_letters
from archive.library.query import Query
from archive.library.shortcomings import Shortcomings, shortcomings
from archive.library.span import Span
from archive.library.task_file import find_task
from archive.reasons import SENTENCES, Reason
from archive.records.catalogue import CatalogueLine
from archive.records.dead_letter import DeadLetter
from archive.records.work import INSTEAD_ORIGIN
from archive.redaction import redacted
from archive.store.bucket import Bucket
from console.cli import words
from console.cli.desk import Desk
from console.cli.dismissed_view import of_letters, of_task, show_dismissed
from console.cli.library import open_library
from console.cli.options import dead_options, read_span, with_desk
from console.cli.output import Output
from console.cli.pictures import not_here
from console.cli.table import Column
from console.cli.verbs import PROBLEMS, Trouble
from providers.registry import PROVIDERS

# Dead letters are few and go when they are mended; the catalogue grows without end.
CATALOGUE_SPAN = timedelta(days=7)
# Errors of the provider that are told in one line.
_FEW = 3

DEAD = (
    Column("at (UTC)", lead=True),
    Column("task or delivery", lead=True),
    Column("reason"),
    Column("images"),
    Column("label"),
    Column("detail"),
    Column("delivery"),
)
TASKS = (
    Column("when (UTC)", lead=True),
    Column("task", lead=True),
    Column("images"),
    Column("findings"),
    Column("model"),
    Column("label"),
)


@click.command()
@click.argument("tasks", nargs=-1, metavar="[TASK]...")
@dead_options
@click.option(
    "--findings/--no-findings", default=True, help="Also tasks whose images differ from their order. [yes]"
)
@click.option("--dismissed", is_flag=True, help="What was dismissed, with who and why, in place of the rest.")
@with_desk
def command(
    desk: Desk,
    /,
    *,
    tasks: tuple[str, ...],
    since: str | None,
    until: str | None,
    findings: bool,
    dismissed: bool,
    **wanted: str | None,
) -> None:
    """List dead letters, incomplete tasks and findings, the newest first; of all tasks, or of those that are named.

    Without --since: all dead letters, and the catalogue of the last seven days. Exit code 1: there are dead
    letters or incomplete tasks that nobody has dismissed. With --json: one array; `kind` is dead_letter, incomplete
    or finding, or with --dismissed `dismissed`.
    """
    bucket, library = open_library(desk)
    span = read_span(since, until, None, bucket.now())
    names = names_of(bucket, tasks) if tasks else None
    letters = find_letters(bucket, library, DeadFilter(span, tasks=names, **wanted))
    catalogue = _catalogue(bucket, library, span, wanted, names)
    known = {(dead.letter.provider, dead.task_id) for dead in letters.dead if dead.of_task}
    incomplete = [
        line
        for line in catalogue.incomplete
        if (line.provider, line.task_id) not in known and not wanted["reason"]
    ]
    waiting = read_waiting(bucket, WaitingFilter())
    asked = {each.name for each in waiting.waiting if each.work.origin == INSTEAD_ORIGIN}
    letters = letters._replace(
        dead=tuple(dead for dead in letters.dead if dead.of_task or dead.task_name not in asked)
    )
    closed = [*of_letters(letters.dead), *filter(None, (of_task(bucket, line) for line in incomplete))]
    if dismissed:
        show_dismissed(desk.output, closed)
        return
    closed_keys = {each.key for each in closed}
    letters = letters._replace(dead=tuple(dead for dead in letters.dead if dead.key not in closed_keys))
    incomplete = [line for line in incomplete if line.key not in closed_keys]
    differing = [*catalogue.differing] if findings and not wanted["reason"] else []
    if desk.output.json:
        desk.output.array(_elements(letters, incomplete, differing))
    else:
        _show(desk.output, letters, incomplete, differing)
    for said in (*words.passed_over(catalogue.malformed, catalogue.newer), *_in_hand(waiting)):
        desk.output.say(said)
    for key in letters.malformed:
        desk.output.say(f"a dead letter that cannot be read: {key}")
    for key in letters.newer:
        desk.output.say(f"a dead letter that a newer version wrote: {key}")
    if closed:
        desk.output.say(f"{len(closed):,} dismissed: fixative failed --dismissed")
    for said in () if wanted["reason"] else _at_the_provider(catalogue, since):
        desk.output.say(said)
    if letters.dead or letters.malformed or letters.newer or incomplete:
        raise click.exceptions.Exit(PROBLEMS)


def _in_hand(reading: WaitingReading) -> Iterator[str]:
    """How many tasks wait, if any do, as `waiting` counts them: what waits is not lost, and stands in no list of what is."""
    if reading.waiting:
        more = "or more " if reading.more else ""
        yield f"{words.counted(len(reading.waiting), 'task')} {more}in hand or put off: fixative waiting"


def names_of(bucket: Bucket, tasks: Iterable[str]) -> frozenset[str]:
    """The tasks that these words mean, as provider/task_id. Raises Trouble where one is not here."""

    def name_of(task: str) -> str:
        file = find_task(bucket, task, PROVIDERS)
        if file is None:
            raise Trouble(not_here(task))
        return file.name

    return frozenset(map(name_of, tasks))


def _catalogue(
    bucket: Bucket, library: Library, span: Span, wanted: dict[str, str | None], names: frozenset[str] | None
) -> Shortcomings:
    since = span.since or (span.until or bucket.now()) - CATALOGUE_SPAN
    query = Query(Span(since, span.until), wanted["provider"], label=wanted["label"])
    found = shortcomings(library, query)
    if names is None:
        return found
    kept = ([line for line in lines if f"{line.provider}/{line.task_id}" in names] for lines in found[:3])
    incomplete, differing, ended = map(tuple, kept)
    return Shortcomings(incomplete, differing, ended, found.malformed, found.newer)


def _at_the_provider(catalogue: Shortcomings, since: str | None) -> Iterator[str]:
    """How many tasks the provider itself ended without an image, why, and where they stand."""
    for status, ended in (("failed", "failed at the provider"), ("cancelled", "cancelled at the provider")):
        errors = Counter(line.error or "" for line in catalogue.ended if line.status == status)
        if errors:
            why = ", ".join(
                f"{count:,} {words.short(error)}" for error, count in errors.most_common(_FEW) if error
            )
            yield (
                f"{words.counted(errors.total(), 'task')} {ended}{f' ({why})' if why else ''}: "
                f"fixative ls --status {status} --since {shlex.quote(since or f'{CATALOGUE_SPAN.days}d')}"
            )


def _elements(
    letters: DeadReading, incomplete: Iterable[CatalogueLine], differing: Iterable[CatalogueLine]
) -> Iterator[dict[str, Any]]:
    """What `--json` lists."""
    for dead in letters.dead:
        letter = dead.letter
        yield {
            "kind": "dead_letter", "key": dead.key, "name": dead.name, "at": dead.moment,
            "provider": letter.provider, "task_id": dead.task_id,
            "delivery_id": letter.delivery.id if letter.delivery else None,
            "reason": letter.reason, "sentence": SENTENCES[letter.reason], "detail": redacted(letter.detail),
            "label": letter.label, "model": letter.model, "lost": letter.lost, "replays": letter.replays,
        }  # fmt: skip
    for kind, lines in (("incomplete", incomplete), ("finding", differing)):
        for line in lines:
            yield {
                "kind": kind, "key": line.key, "name": f"{line.provider}/{line.task_id}", "at": line.changed_at,
                "provider": line.provider, "task_id": line.task_id, "label": line.label, "model": line.model,
                "kept": line.kept, "lost": line.lost, "findings": line.findings,
            }  # fmt: skip


def _show(
    output: Output, letters: DeadReading, incomplete: list[CatalogueLine], differing: list[CatalogueLine]
) -> None:
    if letters.dead:
        output.line(words.counted(len(letters.dead), "dead letter"))
        output.table(DEAD, map(_dead_row, letters.dead))
        output.line("")
        show_reasons(output, [dead.letter for dead in letters.dead])
        output.say("\nfixative show TASK tells all of one; fixative replay makes them due again")
    if incomplete:
        output.line(f"\n{words.counted(len(incomplete), 'task')} incomplete, with no dead letter")
        output.table(TASKS, map(_task_row, incomplete))
    if differing:
        output.line(f"\n{words.counted(len(differing), 'task')} with findings")
        output.table(TASKS, map(_task_row, differing))
    if not letters.dead and not incomplete:
        output.say("nothing was given up and nothing is incomplete")


def show_reasons(output: Output, letters: list[DeadLetter]) -> None:
    """Each reason once, with how many there are of it and what it means."""
    for reason, count in reasons_counted(letters).items():
        output.line(f"{count:>5}  {reason}: {SENTENCES[Reason(reason)]}")


def _dead_row(dead: Dead) -> list[str]:
    letter = dead.letter
    lost = len(letter.lost)
    of = max(lost, sum(len(work.sources) for work in letter.works))
    return [
        words.moment(dead.moment),
        dead.task_name,
        letter.reason,
        f"{lost} of {of} lost" if lost else "",
        letter.label or "",
        words.short(redacted(letter.detail)),
        "" if dead.of_task or dead.task_id is None else dead.name,
    ]


def _task_row(line: CatalogueLine) -> list[str]:
    return [
        words.moment(line.changed_at),
        f"{line.provider}/{line.task_id}",
        f"{line.kept} kept, {line.lost} lost" if line.lost else f"{line.kept} kept",
        words.joined(line.findings),
        line.model or "",
        line.label or "",
    ]
