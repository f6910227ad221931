"""`fixative replay`: make due again what was given up."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click

from archive.bucket import Bucket
from archive.delivery import Replay
from console import words
from console.choosing import Choice, by_filter, by_name
from console.commands import PROBLEMS
from console.commands.failed import show_reasons
from console.commands.options import Sentence, dead_options, read_span, with_desk
from console.dead_letters import DeadFilter, reasons_counted
from console.demands import BUCKET, QUEUE
from console.desk import Desk
from console.following import Outcome, outcomes, still_due
from console.output import Output
from console.reading import at_once
from console.replaying import Begun, Bells, in_order, make_due, new_replay, times_of
from console.table import Column
from console.waiting import until

# More than this is asked about first, and is not waited for unless that is said.
MOST_UNASKED = 10
WAIT_S = 120.0
WRITERS = 8
WHY_MAX_CHARACTERS = 500

OUTCOMES = (
    Column("task or delivery", lead=True),
    Column("outcome", lead=True),
    Column("reason"),
    Column("detail"),
    Column("key"),
)
ITEMS = (
    Column("would be replayed", lead=True),
    Column("reason", lead=True),
    Column("label"),
    Column("letter"),
)
LEFT_OUT = (Column("left out", lead=True), Column("reason"), Column("why"))


@click.command()
@click.argument("tasks", nargs=-1, metavar="[TASK]...")
@click.option(
    "--all", "everything", is_flag=True, help="Everything that matches the filter; without one, all."
)
@dead_options
@click.option("--dry-run", is_flag=True, help="Show what would be replayed, and stop.")
@click.option("--why", default="", metavar="TEXT", help="Kept with each task, beside who and when.")
@click.option("--yes", is_flag=True, help=f"Do not ask, also for more than {MOST_UNASKED}.")
@click.option(
    "--wait/--no-wait", "wait", default=None, help=f"Follow until settled. [up to {MOST_UNASKED} items]"
)
@click.option("--timeout", type=click.FloatRange(0, 86_400), default=WAIT_S, show_default=True, metavar="S")
@with_desk
def command(
    desk: Desk,
    /,
    *,
    tasks: tuple[str, ...],
    everything: bool,
    since: str | None,
    until: str | None,
    dry_run: bool,
    why: str,
    yes: bool,
    wait: bool | None,
    timeout: float,
    **wanted: str | None,
) -> None:
    """Make due again what was given up: a task (id or provider/id), a delivery (id), the key of a dead letter.

    Or all dead letters that match --since, --until, --reason, --provider and --label. They go the same road as
    live work, and behind it. Exit code 1: something failed again, or was not settled in time.
    """
    filtered = bool(since or until or any(wanted.values()))
    if bool(tasks) == (everything or filtered):
        raise Sentence("name tasks, or say --all or a filter (--since, --until, --reason, --provider, --label); "
                       "not both")  # fmt: skip
    if len(why) > WHY_MAX_CHARACTERS:
        raise Sentence(f"--why has over {WHY_MAX_CHARACTERS} characters")
    settings = desk.settings(BUCKET, QUEUE)
    bucket = desk.open_bucket(settings)
    span = read_span(since, until, None, bucket.now())
    choice = by_name(bucket, tasks) if tasks else by_filter(bucket, DeadFilter(span, **wanted))
    round_ = Round(desk.output, bucket, choice)
    if not dry_run and choice.items:
        round_.ask(yes=yes)
        round_.begin(why)
        waits = wait if wait is not None else len(choice.items) <= MOST_UNASKED
        doorbell = desk.open_doorbell(settings)
        try:
            round_.ring_and_follow(Bells(bucket, doorbell), timeout if waits else 0.0)
        finally:
            doorbell.close()
    round_.tell(dry_run=dry_run)


class Round:
    """One replay of one or many: previewed, begun, followed, told."""

    def __init__(self, output: Output, bucket: Bucket, choice: Choice) -> None:
        self._output, self._bucket, self._choice = output, bucket, choice
        self._items = in_order(choice.items, bucket.now())
        self._replay: Replay | None = None
        self._begun: list[Begun] = []
        self._outcomes: list[Outcome] = []
        if self._items and not output.json:
            output.line(f"{words.counted(len(self._items), 'dead letter')} to replay")
            show_reasons(output, [dead.letter for dead in self._items])

    def ask(self, *, yes: bool) -> None:
        """Ask before many; where nobody can answer, refuse."""
        if yes or len(self._items) <= MOST_UNASKED:
            return
        if self._output.json or not sys.stdin.isatty():
            raise Sentence(f"{len(self._items):,} would be replayed: say --yes (or --dry-run to see them)")
        click.confirm(f"Replay {len(self._items):,}?", abort=True, err=True)

    def begin(self, why: str) -> None:
        """Write what becomes due."""
        now = self._bucket.now()
        replay = self._replay = new_replay(now, why)
        given = zip(self._items, times_of(len(self._items), now), strict=True)
        bar, line = self._output.progress("made due", len(self._items))
        with bar:
            for begun in at_once(
                lambda item: make_due(self._bucket, item[0], replay, item[1]), given, WRITERS
            ):
                self._begun.append(begun)
                bar.advance(line)
        self._output.say(f"{replay.id}: {words.counted(len(self._begun), 'item')} due again")

    def ring_and_follow(self, bells: Bells, timeout_s: float) -> None:
        """Ring as each item's time comes, and look at those that are not settled until all are."""
        assert self._replay is not None
        replay_id = self._replay.id
        bells.ring(self._begun)
        settled: dict[str, Outcome] = {}
        bar, line = self._output.progress("settled", len(self._begun))

        def look() -> bool | None:
            bells.ring(self._begun)
            left = [item for item in self._begun if item.key not in settled]
            for item, outcome in zip(left, outcomes(self._bucket, left, replay_id), strict=True):
                if outcome is not None:
                    settled[item.key] = outcome
                    bar.advance(line)
            return len(settled) == len(self._begun) or None

        if timeout_s:
            with bar:
                until(look, timeout_s)
            self._outcomes = [settled.get(item.key) or still_due(item) for item in self._begun]
        if bells.trouble:
            self._output.say(f"Redis did not answer ({bells.trouble}): nothing is lost, the sweep finds it")

    def tell(self, *, dry_run: bool) -> None:
        """Say what came of it; exit code 1 if anything is left to be done."""
        if self._output.json:
            self._output.object(self._told(dry_run=dry_run))
        else:
            self._show(dry_run=dry_run)
        missing = any(not left.found for left in self._choice.left_out)
        if missing or any(not outcome.good for outcome in self._outcomes):
            raise click.exceptions.Exit(PROBLEMS)

    def _show(self, *, dry_run: bool) -> None:
        output = self._output
        if dry_run:
            output.table(ITEMS, [[dead.name, dead.letter.reason, words.safe(dead.letter.label or ""), dead.key]
                                 for dead in self._items])  # fmt: skip
        output.table(OUTCOMES, [[outcome.name, outcome.outcome, outcome.reason, words.short(outcome.detail),
                                 outcome.key] for outcome in self._outcomes])  # fmt: skip
        output.table(LEFT_OUT, [[left.name, left.reason, left.why] for left in self._choice.left_out])
        if not self._items and not self._choice.left_out:
            output.say("no dead letter matches; there is nothing to replay")
        elif self._begun and not self._outcomes:
            output.say(
                "not waited for; `fixative failed` shows what is left, `fixative show TASK` what came of one"
            )

    def _told(self, *, dry_run: bool) -> dict[str, Any]:
        keys: Sequence[str | None] = [begun.key for begun in self._begun] or [None] * len(self._items)
        told: Sequence[Outcome | None] = self._outcomes or [None] * len(self._items)
        return {
            "replay": self._replay,
            "dry_run": dry_run,
            "matched": len(self._items),
            "by_reason": reasons_counted([dead.letter for dead in self._items]),
            "items": [
                {
                    "name": dead.name, "provider": dead.letter.provider, "task_id": dead.task_id, "letter": dead.key,
                    "given_up_for": dead.letter.reason, "made_due": key,
                    "outcome": outcome.outcome if outcome else None, "reason": outcome.reason or None if outcome else None,
                    "detail": outcome.detail if outcome else "",
                }
                for dead, key, outcome in zip(self._items, keys, told, strict=True)
            ],
            "left_out": [left._asdict() for left in self._choice.left_out],
        }  # fmt: skip
