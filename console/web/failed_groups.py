"""What was given up, grouped by reason and host, as the failures page shows it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote

from archive.library.dead_letters import Dead
from archive.reasons import SENTENCES, Reason
from archive.redaction import redacted
from console.cli.words import short
from console.replays.replaying import why_not
from console.web.shown import path_of

# Rows of a group that are shown; all of it is replayed by its reason, or shown by it alone.
GROUP_ROWS = 50
# The hosts of a group that are named; the filter has them all.
GROUP_HOSTS = 5
# What a replay alone does not mend: something is to be changed first, or the provider to be asked.
_NEEDS_MORE = frozenset({Reason.MALFORMED_RECORD, Reason.CONFLICTING_DELIVERY, Reason.TOO_MANY_SOURCES})


class FailedRow(NamedTuple):
    """One letter. `name` is what a form says it by, `path` where it is shown whole."""

    name: str
    title: str
    path: str
    provider: str
    label: str
    model: str
    at: datetime
    images: str
    detail: str
    replayed: bool


class FailedGroup(NamedTuple):
    """The letters of one reason."""

    reason: Reason
    sentence: str
    number: int
    hosts: list[tuple[str, int]]
    rows: list[FailedRow]
    can_replay: int
    oldest: datetime


def groups_of(letters: Iterable[Dead], rows: int = GROUP_ROWS) -> list[FailedGroup]:
    """The groups, the largest first."""
    by_reason: dict[Reason, list[Dead]] = {}
    for dead in letters:
        by_reason.setdefault(dead.letter.reason, []).append(dead)
    groups = [_group(reason, those, rows) for reason, those in by_reason.items()]
    return sorted(groups, key=lambda group: (-group.number, group.reason))


def _group(reason: Reason, those: list[Dead], rows: int) -> FailedGroup:
    hosts = Counter(host for dead in those for host in dead.hosts)
    return FailedGroup(
        reason,
        SENTENCES[reason],
        len(those),
        hosts.most_common(GROUP_HOSTS),
        [row_of(dead) for dead in those[:rows]],
        0 if reason in _NEEDS_MORE else sum(why_not(dead, named=False) is None for dead in those),
        min(dead.moment for dead in those),
    )


def row_of(dead: Dead) -> FailedRow:
    """A letter as one row."""
    letter, lost = dead.letter, len(dead.letter.lost)
    of = max(lost, sum(len(work.sources) for work in letter.works))
    return FailedRow(
        dead.name if dead.of_task else dead.key,
        dead.task_name if dead.task_id else f"delivery {dead.name}",
        path_of(dead.name) if dead.of_task else f"/letters/{quote(dead.key)}",
        letter.provider,
        letter.label or "",
        letter.model or "",
        dead.moment,
        f"{lost} of {of}" if lost else "",
        short(redacted(letter.detail)),
        bool(letter.replays),
    )
