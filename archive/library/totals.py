"""What tasks come to by day, model and label. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date

from archive.library.answers import Total
from archive.records.billing import cost_in
from archive.records.catalogue import CatalogueLine

_MILLION = 1_000_000


def totals_of(lines: Iterable[CatalogueLine]) -> tuple[Total, ...]:
    """The totals of tasks, each told of by one line."""
    return summed(map(total_of, lines))


def total_of(line: CatalogueLine) -> Total:
    """What one task comes to."""
    return Total(
        line.moment.astimezone(UTC).date(),
        line.provider,
        line.model,
        line.label,
        tasks=1,
        completed=int(line.status == "completed"),
        failed=int(line.status == "failed"),
        cancelled=int(line.status == "cancelled"),
        incomplete=int(not line.complete),
        kept=line.kept,
        lost=line.lost,
        bytes=line.bytes,
        cost=round(cost_in(line.billing) or 0.0, 6),
    )


def summed(totals: Iterable[Total]) -> tuple[Total, ...]:
    """Those of the same day, provider, model and label as one; the newest day first, then by their words."""
    sums: dict[tuple[date, str, str | None, str | None], Total] = {}
    for total in totals:
        named = (total.day, total.provider, total.model, total.label)
        known = sums.get(named)
        sums[named] = total if known is None else _added(known, total)
    return tuple(
        sorted(
            sums.values(),
            key=lambda total: (-total.day.toordinal(), total.provider, total.model or "", total.label or ""),
        )
    )


def _added(one: Total, other: Total) -> Total:
    return one._replace(
        tasks=one.tasks + other.tasks,
        completed=one.completed + other.completed,
        failed=one.failed + other.failed,
        cancelled=one.cancelled + other.cancelled,
        incomplete=one.incomplete + other.incomplete,
        kept=one.kept + other.kept,
        lost=one.lost + other.lost,
        bytes=one.bytes + other.bytes,
        # In millionths, so that the order in which they are added makes no difference.
        cost=(round(one.cost * _MILLION) + round(other.cost * _MILLION)) / _MILLION,
    )
