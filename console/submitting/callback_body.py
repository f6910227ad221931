"""A callback as a provider sends it, of a task that never was."""

from __future__ import annotations

import secrets
from datetime import datetime

import msgspec

from providers.registry import PROVIDERS
from providers.sample import Ending, Sample

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def new_task_id(provider: str, now: datetime) -> str:
    """An id as the provider would give it."""
    word = "".join(secrets.choice(_BASE36) for _ in range(8))
    return PROVIDERS[provider].samples.task_id(now, word)


def body_of(provider: str, task_id: str, ending: Ending, sources: tuple[str, ...], now: datetime) -> bytes:
    """The JSON body of a task's callback."""
    return msgspec.json.encode(PROVIDERS[provider].samples.body(Sample(task_id, ending, sources, now)))
