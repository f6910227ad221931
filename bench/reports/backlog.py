"""The section of the backlog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.reports.words import milliseconds, rate, ratio, table

Figures = Mapping[str, Any]


def section(backlog: Figures) -> list[str]:
    """Its lines."""
    rows = [
        ("tasks/s", rate, "per_s"),
        ("CPU ms a task", milliseconds, "cpu_ms"),
    ]
    return [
        "## The backlog",
        "",
        (
            f"{backlog['waiting']:,} tasks that are due, one PNG of 1024 x 1024 each, and one worker process; live callbacks, all "
            "at the same time, before it in the same house, in each round."
        ),
        "",
        *table(
            ("", "backlog", "live", "backlog to live"),
            [
                (
                    words,
                    say(backlog[name]),
                    say(backlog[f"live_{name}"]),
                    ratio(backlog[name], backlog[f"live_{name}"]),
                )
                for words, say, name in rows
            ],
        ),
        "",
        (
            f"A task of it takes {backlog['s3_requests']:.1f} requests to S3. They are served in order: when the stretch ended, "
            f"the latest that was done lay {backlog['out_of_order']:.0f} places beyond their number."
        ),
        f"All {backlog['waiting']:,} take {backlog['waiting'] / backlog['per_s'] / 60:.0f} minutes at this rate.",
    ]
