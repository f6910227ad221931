"""`fixative show`: all that is known of one task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
import msgspec

from archive.library.dead_letters import find_delivery
from archive.library.task_file import TaskFile, find_task
from console.cli.desk import Desk
from console.cli.options import with_desk
from console.cli.pictures import not_here
from console.cli.shown import shown_letter, shown_work
from console.cli.task_view import show_delivery, show_task
from console.cli.verbs import Trouble
from providers.registry import PROVIDERS


@click.command()
@click.argument("task")
@with_desk
def command(desk: Desk, /, *, task: str) -> None:
    """Show a task: manifest, dead letter, and what is still due for it.

    TASK is an id or provider/id; a unique beginning of either, or of the part that tells it (its last); or `last`, the task of
    which something was heard or tried last. Or a delivery (its id) that was given up, with its body. Secrets and the queries of links are cut out: the
    object itself, whose key is told, has them.

    With --json: the manifest, with `dead_letter`, `due` and `deliveries` (the dead letters of single deliveries) beside its own fields where there are any; without a
    manifest `status` is null. `newer` are the keys of what a newer version wrote: this one leaves it alone.
    """
    bucket = desk.bucket()
    if dead := find_delivery(bucket, task, PROVIDERS):
        if desk.output.json:
            desk.output.object({"dead_key": dead.key, "dead_letter": shown_letter(dead.letter)})
        else:
            show_delivery(desk.output, dead)
        return
    file = find_task(bucket, task, PROVIDERS)
    if file is None:
        raise Trouble(not_here(task))
    if desk.output.json:
        desk.output.object(_all_of(file))
    else:
        show_task(desk.output, file)


def _all_of(file: TaskFile) -> Mapping[str, Any]:
    told: dict[str, Any] = {"provider": file.provider, "task_id": file.task_id, "status": None}
    if file.manifest is not None:
        told |= msgspec.json.decode(file.manifest.to_json()) | {"manifest_key": file.manifest_key}
    if file.letter is not None:
        told["dead_letter"] = shown_letter(file.letter)
        told["dead_key"] = file.dead_key
    if file.apart:
        told["deliveries"] = [
            {"dead_key": dead.key, "dead_letter": shown_letter(dead.letter)} for dead in file.apart
        ]
    if file.newer:
        told["newer"] = file.newer
    if file.manifest is None and file.order is not None:
        told["order"] = file.order
    if file.due:
        told["due"] = [
            {
                "key": entry.key,
                "when": entry.due.when,
                "origin": entry.due.origin,
                "work": shown_work(entry.work) if entry.work else None,
            }
            for entry in file.due
        ]
    return told
