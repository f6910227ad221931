"""The section of what has no time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.reports.words import rate, table, verdict

_GOAL_S = 10.0
_KINDS = {
    "nothing": "nothing before it",
    "due": "{backlog} entries that are due",
    "inbox": "{backlog} batches in the inbox, each with its bell in the queue",
    "slow host": "{slow} callbacks whose images never end, so that all threads are held",
}


def section(short: Mapping[str, Any]) -> list[str]:
    """Its lines."""
    told = {"backlog": f"{short['backlog']:,}", "slow": str(short["slow"])}
    worst = max(short[kind]["worst_s"] for kind in _KINDS)
    return [
        "## What has no time",
        "",
        (
            "From a callback of Black Forest Labs, whose links die after ten minutes, to its manifest, while work with "
            "links of a day is before it; one receiver, one worker process, all settings at their defaults, one round."
        ),
        "",
        *table(
            ("before it", "p50 s", "worst s", "of the others, done by then"),
            [
                (
                    words.format(**told),
                    rate(short[kind]["p50_s"]),
                    rate(short[kind]["worst_s"]),
                    f"{short[kind]['others_after']:,}",
                )
                for kind, words in _KINDS.items()
            ],
        ),
        "",
        f"- The worst within {_GOAL_S:g} s: {verdict(worst < _GOAL_S)}",
    ]
