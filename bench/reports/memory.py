"""The section of the memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.reports.words import rate, table


def section(memory: Mapping[str, Any]) -> list[str]:
    """Its lines."""
    return [
        "## The memory",
        "",
        (
            f"MiB of each process with its children, as {memory['counted_as']}: a page that several share is counted once, in "
            f"parts. Idle: after some tasks, the median. Full: the most while {rate(memory['full_per_s'])} PNGs of 1024 x 1024 a "
            "second were archived."
        ),
        "",
        *table(
            ("process", "how many", "idle", "full"),
            [
                (name, str(memory["processes"][name]), rate(each["idle"]), rate(each["full"]))
                for name, each in memory["memory_mb"].items()
            ],
        ),
    ]
