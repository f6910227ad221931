"""What people have dismissed, as `fixative failed --dismissed` lists it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from archive.errors import MalformedRecord, NewerRecord
from archive.library.dead_letters import Dead
from archive.records.catalogue import CatalogueLine
from archive.records.dismissal import Dismissal
from archive.records.manifest import Manifest
from archive.store.bucket import Bucket
from archive.store.record_at import record_at
from console.cli import words
from console.cli.output import Output
from console.cli.table import Column

COLUMNS = (
    Column("dismissed (UTC)", lead=True),
    Column("task or delivery", lead=True),
    Column("reason"),
    Column("who"),
    Column("why"),
    Column("label"),
    Column("delivery"),
)


class Dismissed(NamedTuple):
    """A dead letter, or an incomplete task without one, and who closed it."""

    said: Dismissal
    task_name: str
    key: str
    reason: str
    label: str
    delivery: str = ""


def of_letters(letters: Iterable[Dead]) -> Iterator[Dismissed]:
    """Those letters that are dismissed."""
    for dead in letters:
        if (said := dead.dismissed) is not None:
            of_delivery = "" if dead.of_task or dead.task_id is None else dead.name
            yield Dismissed(
                said, dead.task_name, dead.key, dead.letter.reason, dead.letter.label or "", of_delivery
            )


def of_task(bucket: Bucket, line: CatalogueLine) -> Dismissed | None:
    """An incomplete task whose manifest says that it is dismissed; its line does not tell."""
    try:
        manifest = record_at(bucket, line.key, Manifest)
    except (MalformedRecord, NewerRecord):
        return None
    if manifest is None or manifest.dismissed is None or not manifest.lost:
        return None
    name = f"{line.provider}/{line.task_id}"
    return Dismissed(manifest.dismissed, name, line.key, manifest.lost[0].reason, line.label or "")


def show_dismissed(output: Output, dismissed: list[Dismissed]) -> None:
    """Print them, the newest first."""
    dismissed = sorted(dismissed, key=lambda each: each.said.at, reverse=True)
    if output.json:
        output.array(_element(each) for each in dismissed)
        return
    output.table(
        COLUMNS,
        [
            [words.moment(each.said.at), each.task_name, each.reason, each.said.who, words.short(each.said.why),
             each.label, each.delivery]
            for each in dismissed
        ],
    )  # fmt: skip
    output.say(
        f"{words.counted(len(dismissed), 'thing')} dismissed; fixative replay TASK tries one of them again"
    )


def _element(each: Dismissed) -> dict[str, Any]:
    return {
        "kind": "dismissed", "key": each.key, "name": each.delivery or each.task_name, "task": each.task_name,
        "reason": each.reason, "label": each.label or None, "dismissed": each.said,
    }  # fmt: skip
