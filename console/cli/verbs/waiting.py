"""`fixative waiting`: what is not kept yet, why, when it is tried next, and when its link dies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from archive.library.due_reading import MOST_WAITING, Waiting, WaitingFilter, WaitingReading, read_waiting
from archive.redaction import redacted
from console.cli import words
from console.cli.desk import Desk
from console.cli.options import FILLED, known_provider, reason_of, with_desk
from console.cli.output import Output
from console.cli.table import Column

COLUMNS = (
    Column("task", lead=True),
    Column("state", lead=True),
    Column("reason", lead=True),
    Column("tries", right=True),
    Column("next try (UTC)"),
    Column("link dies in", right=True),
    Column("images"),
    Column("label"),
    Column("detail"),
)


@click.command()
@click.option("--provider", type=known_provider(), help="This provider's tasks.")
@click.option("--label", type=FILLED, help="Tasks with this label; * stands for anything.")
@click.option(
    "--reason", metavar="SLUG", callback=reason_of, help="Whose last trouble was this: source_gone."
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Those N whose links die first.")
@with_desk
def command(desk: Desk, /, *, limit: int | None, **wanted: str | None) -> None:
    """List what waits, that whose links die first at the top: tasks in hand or put off, and orders not heard of.

    What waits is not lost: it is tried again by itself until its link's life is over. `fixative replay TASK` tries
    it now. With --json: one array.
    """
    bucket = desk.bucket()
    show_waiting(desk.output, read_waiting(bucket, WaitingFilter(**wanted)), bucket.now(), limit)


def show_waiting(output: Output, reading: WaitingReading, now: datetime, limit: int | None) -> None:
    """Print them, and how many there are."""
    shown = reading.waiting[:limit]
    if output.json:
        output.array(_told(waiting, now) for waiting in shown)
    else:
        output.table(COLUMNS, [_row(waiting, now) for waiting in shown])
    for key in reading.unread:
        output.say(f"an entry that cannot be read here, or that a newer version wrote: {key}")
    if reading.more:
        output.say(f"there are more than {MOST_WAITING:,}; these are of those that are due first")
    if not output.json:
        output.say(counted(reading, len(shown)))


def counted(reading: WaitingReading, shown: int) -> str:
    """How many wait, in a sentence."""
    if not reading.waiting:
        return "nothing waits"
    tasks = words.counted(len(reading.waiting), "task waits", "tasks wait")
    return f"{tasks}, {shown:,} of them shown" if shown < len(reading.waiting) else tasks


def _row(waiting: Waiting, now: datetime) -> list[str]:
    left = waiting.work.expires_at - now
    return [
        waiting.name,
        waiting.state(now),
        waiting.reason,
        str(waiting.work.tries or ""),
        words.moment(waiting.next_at),
        words.span_in_words(left) if left.total_seconds() > 0 else "dead",
        words.kept_of(len(waiting.work.kept), len(waiting.work.sources)),
        waiting.label,
        words.short(redacted(waiting.detail)),
    ]


def _told(waiting: Waiting, now: datetime) -> dict[str, Any]:
    work = waiting.work
    return {
        "provider": work.provider, "task_id": work.task_id, "kind": work.kind, "state": waiting.state(now),
        "reason": waiting.reason or None, "detail": redacted(waiting.detail), "tries": work.tries,
        "starts": work.starts, "next_at": waiting.next_at, "link_dies_at": work.expires_at,
        "label": waiting.label or None, "model": work.told_model, "images": len(work.sources),
        "kept": len(work.kept), "replay": work.replay, "key": waiting.key,
    }  # fmt: skip
