"""`fixative replay`: make due again what was given up."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

import click

from archive.library.dead_letters import DeadFilter, reasons_counted
from archive.queue.doorbell import Doorbell
from archive.records.replay_plan import ReplayPlan
from archive.store.bucket import Bucket
from console.cli import words
from console.cli.cancelled import cancel_replay
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
from console.cli.verbs.failed import show_reasons
from console.cli.waiting import until
from console.replays.beginning import begun, gone_on
from console.replays.choosing import Choice, by_filter, by_name
from console.replays.following import ReplayOutcome, outcomes, still_due
from console.replays.pulling import Pulled, pull_forward, ring
from console.replays.replaying import Begun, Bells, in_order, new_replay
from console.replays.resuming import left_of, read_plan
from runtime.settings.queue import QueueSettings
from runtime.settings.settings import Settings
from runtime.settings.store import StoreSettings

WAIT_S = 120.0


class Replaying(Settings, frozen=True):
    """What the verb needs."""

    store: StoreSettings
    queue: QueueSettings


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


@click.command()
@letters_options
@click.option(
    "--resume", "resumed", default="", metavar="ID", help="Go on with a replay that was broken off."
)
@click.option(
    "--cancel", "cancelled", default="", metavar="ID", help="Take back what of a replay nobody has begun."
)
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
    resumed: str,
    cancelled: str,
    dry_run: bool,
    why: str,
    yes: bool,
    wait: bool | None,
    timeout: float,
    **wanted: str | None,
) -> None:
    """Make due again what was given up: a task (id or provider/id), a delivery (id), the key of a dead letter.

    A task that is named and waits for its next try is tried now.

    Or all dead letters that match --since, --until, --reason, --provider and --label. They go the same road as
    live work, and behind it. One that was broken off goes on with --resume; --cancel takes back what of one nobody has
    begun, and its dead letters stand as before. Exit code 1: something failed again, or was not settled in time.
    """
    filtered = bool(since or until or any(wanted.values()))
    if [bool(tasks), everything or filtered, bool(resumed), bool(cancelled)].count(True) != 1:
        raise Sentence("name tasks, or say --all or a filter (--since, --until, --reason, --provider, --label), or "
                       "--resume, or --cancel; one of them")  # fmt: skip
    if cancelled:
        cancel_replay(desk, cancelled, why)
        return
    if why and resumed:
        raise Sentence("a replay that is resumed keeps the --why of its beginning")
    if len(why) > WHY_MAX_CHARACTERS:
        raise Sentence(f"--why has over {WHY_MAX_CHARACTERS} characters")
    settings = desk.settings(Replaying)
    bucket = desk.open_bucket(settings.store)
    plan: ReplayPlan | None = None
    if resumed:
        plan = _plan_of(bucket, resumed)
        choice = left_of(bucket, plan)
    elif tasks:
        choice = by_name(bucket, tasks)
    else:
        span = read_span(since, until, None, bucket.now())
        _, library = open_library(desk)
        choice = by_filter(bucket, DeadFilter(span, tasks=None, **wanted), library)
    round_ = Round(desk.output, bucket, choice, plan)
    if not dry_run and choice.waiting:
        doorbell = desk.open_doorbell(settings.store, settings.queue)
        try:
            round_.pull(doorbell)
        finally:
            doorbell.close()
    if not dry_run and choice.items:
        round_.ask(yes=yes)
        round_.begin(why)
        waits = wait if wait is not None else len(choice.items) <= MOST_UNASKED
        doorbell = desk.open_doorbell(settings.store, settings.queue)
        try:
            round_.ring_and_follow(Bells(bucket, doorbell), timeout if waits else 0.0)
        finally:
            doorbell.close()
    round_.tell(dry_run=dry_run)


def _plan_of(bucket: Bucket, replay_id: str) -> ReplayPlan:
    try:
        plan = read_plan(bucket, replay_id)
    except ValueError as error:
        raise Sentence(f"{error}; the id of one stands in what it said first") from error
    if plan is None:
        raise Sentence(f"there is no plan of {replay_id}: nothing of it was made due")
    if plan.cancelled is not None:
        raise Sentence(f"{replay_id} was cancelled by {plan.cancelled.who}: begin another")
    return plan


class Round:
    """One replay of one or many: previewed, begun or gone on with, followed, told."""

    def __init__(self, output: Output, bucket: Bucket, choice: Choice, plan: ReplayPlan | None) -> None:
        self._output, self._bucket, self._choice, self._plan = output, bucket, choice, plan
        self._items = in_order(choice.items, bucket.now())
        self._begun: list[Begun] = []
        self._outcomes: list[ReplayOutcome] = []
        self._pulled: list[Pulled] = []
        if self._items and not output.json:
            output.line(f"{words.counted(len(self._items), 'dead letter')} to replay")
            show_reasons(output, [dead.letter for dead in self._items])

    def pull(self, doorbell: Doorbell) -> None:
        """Try now what waits for a later try."""
        self._pulled = [pull_forward(self._bucket, key, work) for key, work in self._choice.waiting.items()]
        self._not_rung(ring(doorbell, self._pulled, self._bucket.now()))

    def _not_rung(self, trouble: str) -> None:
        if trouble:
            self._output.say(f"Redis did not answer ({trouble}): nothing is lost, the sweep finds it")

    def ask(self, *, yes: bool) -> None:
        """Ask before many."""
        ask_before_many(self._output, len(self._items), "Replay", "replayed", yes=yes)

    def begin(self, why: str) -> None:
        """Write what becomes due, and before that the plan of it, where there is none yet."""
        replay = self._plan.replay if self._plan else new_replay(self._bucket.now(), why)
        many = words.counted(len(self._items), "item")
        bar, line = self._output.progress("made due", len(self._items))
        try:
            beginning = (
                gone_on(self._bucket, self._items, self._plan)
                if self._plan
                else begun(self._bucket, self._items, replay)
            )
            self._plan = beginning.plan
            if len(self._items) > 1:
                self._output.say(f"{replay.id} begins")
            with bar:
                for item in beginning.made_due(self._bucket):
                    self._begun.append(item)
                    bar.advance(line)
        finally:
            if len(self._begun) < len(self._items):
                self._output.say(
                    f"broken off after {len(self._begun):,} of {many}; go on with: fixative replay --resume {replay.id}"
                )
        self._output.say(f"{replay.id}: {many} due again")

    def ring_and_follow(self, bells: Bells, timeout_s: float) -> None:
        """Ring as each item's time comes, and look at those that are not settled until all are."""
        assert self._plan is not None
        replay_id = self._plan.replay.id
        bells.ring(self._begun)
        settled: dict[str, ReplayOutcome] = {}
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
        self._not_rung(bells.trouble)

    def tell(self, *, dry_run: bool) -> None:
        """Say what came of it; exit code 1 if anything is left to be done."""
        if self._output.json:
            self._output.object(self._told(dry_run=dry_run))
        else:
            self._show(dry_run=dry_run)
        missing = any(not left.fine for left in self._choice.left_out)
        if missing or any(not outcome.good for outcome in self._outcomes):
            raise click.exceptions.Exit(PROBLEMS)

    def _show(self, *, dry_run: bool) -> None:
        output = self._output
        if dry_run:
            output.table(ITEMS, [[dead.name, dead.letter.reason, dead.letter.label or "", dead.key]
                                 for dead in self._items])  # fmt: skip
        output.table(OUTCOMES, [[outcome.name, outcome.outcome, outcome.reason, words.short(outcome.detail),
                                 outcome.key] for outcome in self._outcomes])  # fmt: skip
        output.table(LEFT_OUT, [[left.name, left.reason, left.why] for left in self._choice.left_out])
        for pulled in self._pulled:
            output.line(
                f"{pulled.name} waited, and is tried now; fixative show {shlex.quote(pulled.name)} tells what came of it"
            )
        if dry_run and self._choice.waiting:
            output.line(f"{words.counted(len(self._choice.waiting), 'task')} that waits would be tried now")
        if not self._items and not self._choice.left_out and not self._choice.waiting:
            output.say("no dead letter matches; there is nothing to replay")
        elif self._begun and not self._outcomes:
            output.say(
                "not waited for; `fixative failed` shows what is left, `fixative show TASK` what came of one"
            )

    def _told(self, *, dry_run: bool) -> dict[str, Any]:
        keys: Sequence[str | None] = [begun.key for begun in self._begun] or [None] * len(self._items)
        told: Sequence[ReplayOutcome | None] = self._outcomes or [None] * len(self._items)
        return {
            "replay": self._plan.replay if self._plan else None,
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
            "tried_now": [pulled.key for pulled in self._pulled],
            "left_out": [left._asdict() for left in self._choice.left_out],
        }  # fmt: skip
