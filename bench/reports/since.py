"""The section of what changed since earlier runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.past.slower import Since
from bench.reports.words import table


def told(found: Sequence[Since]) -> list[dict[str, Any]]:
    """They as they are kept in results.json, so that the page is made of that file alone."""
    return [
        {
            "what": each.watched.words,
            "since": each.began,
            "before": each.before,
            "now": each.now,
            "noise": each.noise,
            "is_slower": each.is_slower,
        }
        for each in found
    ]


def section(since: Sequence[Mapping[str, Any]]) -> list[str]:
    """Its lines."""
    slower = [each for each in since if each["is_slower"]]
    return [
        "## Since the last run",
        "",
        (
            "Each figure against the run before that measured it on the same kind of machine, from `history.ndjson`. The noise of a figure is what "
            "its rounds differed by, then and now together; what differs by more, and for the worse, became slower."
        ),
        "",
        *_verdict(since, slower),
        *(["", *table(("", "before", "now", "noise"), [_row(each) for each in slower])] if slower else []),
    ]


def _verdict(since: Sequence[Mapping[str, Any]], slower: Sequence[Mapping[str, Any]]) -> list[str]:
    if not since:
        return [
            "There is no earlier run to compare with: none on such a machine measured the same in two rounds or more."
        ]
    named = f"{len(since)} figures were compared"
    return [f"{named}: {len(slower)} became slower." if slower else f"{named}: nothing became slower."]


def _row(each: Mapping[str, Any]) -> tuple[str, ...]:
    return each["what"], *(f"{each[name]:.3g}" for name in ("before", "now", "noise"))
