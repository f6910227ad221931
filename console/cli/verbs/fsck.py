"""`fixative fsck`: hold all that is kept against what is there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import click

from archive.errors import BucketUnavailable
from archive.library.survey.mismatch import REMARKS, SENTENCES, Kind, Mismatch
from archive.library.survey.notes import Notes
from archive.library.survey.survey import Progress, Survey
from archive.store.bucket import Bucket
from console.cli import words
from console.cli.desk import Desk
from console.cli.library import Finding, index_of
from console.cli.options import Sentence, with_desk
from console.cli.output import Output
from console.cli.table import Column
from console.cli.verbs import PROBLEMS

# Of each kind so many are told; how many there are is told as well.
TOLD_MOST = 1_000
COLUMNS = (Column("what", lead=True), Column("key", lead=True), Column("seen"))
GOES_ON = "What was seen so far is noted: `fixative fsck` with the same options goes on from there."


@click.command()
@click.option(
    "--read", is_flag=True, help="Read every image, and sum its bytes anew; else the store's word is taken."
)
@click.option(
    "--anew", is_flag=True, help="Begin again, in place of going on with the one that was broken off."
)
@click.option(
    "--limit", type=click.IntRange(1), default=TOLD_MOST, metavar="N", help="Tell the first N of each kind."
)
@with_desk
def command(desk: Desk, /, *, read: bool, anew: bool, limit: int) -> None:
    """Hold every manifest against the objects that it names, and the catalogue against the manifests.

    Each image must be there, with the size and the SHA-256 that its manifest says; each manifest and dead letter must
    be readable, and refused bytes that one names be there; the catalogue must tell what the manifests tell. Objects
    that nothing names are told as well. Nothing is written to the bucket, which may be in use meanwhile: what changed
    within the last hour is not judged. Broken off, it goes on from there. Exit code 1: there is a problem.
    """
    settings = desk.settings(Finding)
    path = index_of(desk, settings).path
    bucket = desk.open_bucket(settings.store)
    with closing(Notes(path.with_name(f"{path.name.partition('-v')[0]}-fsck.sqlite"), anew=anew)) as notes:
        survey = _begun(desk.output, bucket, notes, read=read)
        try:
            with _bar(desk.output) as progress:
                survey.run(progress)
        except (KeyboardInterrupt, BucketUnavailable):
            desk.output.say(GOES_ON)
            raise
        problems = _tell(desk.output, bucket, survey, notes, limit)
        notes.remove()
    if problems:
        raise click.exceptions.Exit(PROBLEMS)


def _begun(output: Output, bucket: Bucket, notes: Notes, *, read: bool) -> Survey:
    goes_on = not notes.is_new
    survey = Survey(bucket, notes, read=read)
    if goes_on:
        if survey.reads != read:
            told = "reads every image" if survey.reads else "takes the store's word"
            raise Sentence(
                f"the fsck that was begun {words.moment(survey.begun)} {told}: "
                f"go on with it {'with' if survey.reads else 'without'} --read, or begin again with --anew"
            )
        output.say(f"goes on with the fsck that was begun {words.moment(survey.begun)}; --anew begins again")
    return survey


@contextmanager
def _bar(output: Output) -> Iterator[Progress]:
    bar, line = output.progress("begins", 1)

    def progress(what: str, done: int, total: int) -> None:
        bar.update(line, description=what, completed=done, total=total or None)

    with bar:
        yield progress


def _tell(output: Output, bucket: Bucket, survey: Survey, notes: Notes, limit: int) -> int:
    """Tell what was found; how many problems there are."""
    counts = notes.counts()
    problems = sum(count for kind, count in counts.items() if kind not in REMARKS)
    numbers = {name: notes.fact(name) or 0 for name in ("tasks", "images", "bytes", "letters", "young")}
    sums = {name: notes.fact(name) or 0 for name in ("told", "summed", "untold")}
    found = (each for kind in Kind if kind in counts for each in notes.mismatches(kind, limit))
    if output.json:
        output.object({
            "ok": not problems, "location": bucket.location, "begun_at": survey.begun, **numbers, "sha256": sums,
            "counts": counts, "found": [_told(mismatch, many) for mismatch, many in found],
        })  # fmt: skip
        return problems
    output.table(COLUMNS, ([each.kind, each.key, _seen(each, many)] for each, many in found))
    for kind in (kind for kind in Kind if kind in counts):
        output.line(f"\n{kind} ({counts[kind]:,}): {SENTENCES[kind]}")
    output.line("")
    output.pairs(_facts(bucket, survey, numbers, sums))
    output.line(f"\n{words.counted(problems, 'problem')}" if problems else "\nall is well")
    return problems


def _facts(
    bucket: Bucket, survey: Survey, numbers: dict[str, int], sums: dict[str, int]
) -> Iterator[tuple[str, str]]:
    yield "bucket", bucket.location
    yield "begun", words.moment(survey.begun)
    yield "tasks", f"{numbers['tasks']:,}"
    yield "images", f"{numbers['images']:,} ({words.bytes_in_words(numbers['bytes'])})"
    yield (
        "SHA-256",
        f"{sums['told']:,} told by the store, {sums['summed']:,} read, {sums['untold']:,} not known (--read)",
    )
    yield "dead letters", f"{numbers['letters']:,}"
    yield "not judged", f"{words.counted(numbers['young'], 'task')} that changed within the hour before"


def _told(mismatch: Mismatch, many: int) -> dict[str, Any]:
    return {**mismatch._asdict(), "times": many, "problem": mismatch.is_problem}


def _seen(mismatch: Mismatch, many: int) -> str:
    times = words.counted(many, "task") if mismatch.kind is Kind.DAY_NOT_LISTED else ""
    return mismatch.detail or times
