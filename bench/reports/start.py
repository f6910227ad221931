"""The section of the start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def section(start: Mapping[str, Any]) -> list[str]:
    """Its lines."""
    return [
        "## The start",
        "",
        (
            f"From `make up`, installed, to ready: {start['start_s']:.1f} s with a new data folder, "
            f"{start['again_s']:.1f} s with one that was used. Redis, S3, receiver, worker, console and a simulated provider."
        ),
    ]
