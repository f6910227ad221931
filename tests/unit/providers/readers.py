"""What the tests of readers share: all of them, a body that each can read, and what one makes of a body."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from archive.errors import Unreadable
from providers.provider import Provider
from providers.registry import PROVIDERS

IMAGE = "https://files.evolink.ai/a_0.png"

every_reader = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS.keys())


def body_of(**told: object) -> bytes:
    """A body whose id and links stand under the keys of every provider."""
    task_id = told.pop("task_id", "task-1")
    if "results" in told:
        told = {
            "output": told["results"],
            "payload": {"images": told["results"]},
            "result": {"sample": told["results"]},
            "resultUrls": told["results"],
            "outputs": told["results"],
            **told,
        }
    return msgspec.json.encode({"id": task_id, "task_id": task_id, "request_id": task_id, **told})


def outcome(provider: Provider, body: bytes) -> dict[str, Any]:
    """What a reader makes of a body, in the form of the `.expected.json` files."""
    try:
        notification = provider.read(body)
    except Unreadable as refusal:
        return {"unreadable": str(refusal.reason)}
    told: dict[str, Any] = msgspec.json.decode(notification.to_json())
    return told


def reason_of(provider: Provider, body: bytes) -> str | None:
    """Why a reader refuses a body, or None where it reads it."""
    reason: str | None = outcome(provider, body).get("unreadable")
    return reason
