"""What a manifest tells, in short."""

from __future__ import annotations

from typing import Any


def findings(manifest: Any) -> set[str]:
    told = [*manifest["findings"], *(each for asset in manifest["assets"] for each in asset["findings"])]
    return {finding["kind"] for finding in told}


def ways(manifest: Any) -> set[str]:
    """By which ways a task was heard of; that of a callback goes without saying."""
    return {told.get("via", "callback") for told in manifest["notifications"]}
