"""A callback of a task that never was, as it is sent by `fixative trigger` and `fixative doctor`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

Ending = Literal["completed", "failed", "cancelled"]

# Why a sample failed: code and message.
ERRORS: Final[Mapping[Ending, tuple[str, str]]] = {
    "failed": ("content_policy_violation", "Sent by `fixative trigger`: blocked by safety filters."),
    "cancelled": ("request_cancelled", "Sent by `fixative trigger`: the request was cancelled."),
}


@dataclass(frozen=True, slots=True)
class Sample:
    """What a sample callback is to say."""

    task_id: str
    ending: Ending
    sources: tuple[str, ...]
    made_at: datetime

    @property
    def made_unix_s(self) -> int:
        """When its task was made, as providers tell it."""
        return int(self.made_at.timestamp())


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """How a provider's samples are made: an id of eight random letters and digits, a body, a request for one image."""

    task_id: Callable[[datetime, str], str]
    body: Callable[[Sample], Mapping[str, Any]]
    request: Mapping[str, Any]
