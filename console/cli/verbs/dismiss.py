"""`fixative dismiss`: close what nobody will replay."""

from __future__ import annotations

from typing import Any

import click

from archive.library.dead_letters import DeadFilter
from archive.records.dismissal import Dismissal
from console.cli.desk import Desk
from console.cli.library import open_library
from console.cli.many import (
    LEFT_OUT,
    MOST_UNASKED,
    WHY_MAX_CHARACTERS,
    ask_before_many,
    letters_options,
)
from console.cli.options import Sentence, read_span, with_desk
from console.cli.output import Output
from console.cli.table import Column
from console.cli.verbs import PROBLEMS
from console.replays.dismissing import Closing, named
from console.replays.dismissing_many import dismiss_all, matching
from console.replays.replaying import who
from runtime.settings.catalogue import CatalogueSettings
from runtime.settings.settings import Settings
from runtime.settings.store import StoreSettings

ITEMS = (
    Column("task or delivery", lead=True),
    Column("reason", lead=True),
    Column("label"),
    Column("key"),
)


class Dismissing(Settings, frozen=True):
    """What is read of the environment."""

    store: StoreSettings
    catalogue: CatalogueSettings


@click.command()
@letters_options
@click.option("--why", required=True, metavar="TEXT", help="Kept with each, beside who and when.")
@click.option("--dry-run", is_flag=True, help="Show what would be dismissed, and stop.")
@click.option("--yes", is_flag=True, help=f"Do not ask, also for more than {MOST_UNASKED}.")
@with_desk
def command(
    desk: Desk,
    /,
    *,
    tasks: tuple[str, ...],
    everything: bool,
    since: str | None,
    until: str | None,
    why: str,
    dry_run: bool,
    yes: bool,
    **wanted: str | None,
) -> None:
    """Close what nobody will replay: a task, a delivery (id), the key of a dead letter, or all that match a filter.

    It leaves `fixative failed`, and nothing is removed: it stays in its dead letter (an incomplete task without one:
    in its manifest) with who, when and why, and `fixative failed --dismissed` lists it. A replay by its name brings
    it back to work; what is given up anew is listed again. Exit code 1: something that was named is not here.
    """
    filtered = bool(since or until or any(wanted.values()))
    if bool(tasks) == (everything or filtered):
        raise Sentence("name tasks, or say --all or a filter (--since, --until, --reason, --provider, --label); "
                       "one of them")  # fmt: skip
    if not why.strip() or len(why) > WHY_MAX_CHARACTERS:
        raise Sentence(f"--why says in 1 to {WHY_MAX_CHARACTERS} characters why nobody will replay it")
    settings = desk.settings(Dismissing)
    bucket = desk.open_bucket(settings.store)
    if tasks:
        closing = named(bucket, tasks)
    else:
        span = read_span(since, until, None, bucket.now())
        _, library = open_library(desk)
        closing = matching(bucket, DeadFilter(span, tasks=None, **wanted), library)
    if not dry_run:
        ask_before_many(desk.output, len(closing.items), "Dismiss", "dismissed", yes=yes)
        said = Dismissal(at=bucket.now(), who=who(), why=why.strip())
        closing = dismiss_all(bucket, closing, said, prompts=settings.catalogue.catalogue_prompts)
    _tell(desk.output, closing, dry_run=dry_run)
    if any(not left.fine for left in closing.left_out):
        raise click.exceptions.Exit(PROBLEMS)


def _tell(output: Output, closing: Closing, *, dry_run: bool) -> None:
    if output.json:
        told: dict[str, Any] = {
            "dry_run": dry_run,
            "items": [
                {"name": item.name, "reason": item.reason or None, "key": item.key} for item in closing.items
            ],
            "left_out": [left._asdict() for left in closing.left_out],
        }
        output.object(told)
        return
    output.table(ITEMS, [[item.name, item.reason, item.label, item.key] for item in closing.items])
    output.table(LEFT_OUT, [[left.name, left.reason, left.why] for left in closing.left_out])
    if not (closing.items or closing.left_out):
        output.say("nothing that was given up matches; there is nothing to dismiss")
        return
    verb = "would be dismissed" if dry_run else "dismissed; fixative failed --dismissed lists what is"
    output.say(f"{len(closing.items):,} {verb}")
