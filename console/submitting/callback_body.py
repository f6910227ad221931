"""The body of a callback as the providers send it, of a task that never was. Pure.

EvoLink: https://docs.evolink.ai/en/api-manual/task-management/get-task-detail
API in One: documented nowhere; the shape that its reader is tested with.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, Literal

import msgspec

Ending = Literal["completed", "failed", "cancelled"]

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_CREDITS = 2.5
_ERROR = {
    "failed": ("content_policy_violation", "Sent by `fixative trigger`: blocked by safety filters."),
    "cancelled": ("request_cancelled", "Sent by `fixative trigger`: the request was cancelled."),
}
_APIINONE_STATUS = {"completed": "SUCCESS", "failed": "FAILED", "cancelled": "CANCELLED"}


def new_task_id(provider: str, now: datetime) -> str:
    """An id as the provider would give it."""
    random_part = "".join(secrets.choice(_BASE36) for _ in range(8))
    if provider == "apiinone":
        return f"n42{random_part}_gpt-image-1.5"
    return f"task-unified-{int(now.timestamp())}-{random_part}"


def body_of(provider: str, task_id: str, ending: Ending, sources: tuple[str, ...], now: datetime) -> bytes:
    """The JSON body of a task's callback."""
    told = _apiinone if provider == "apiinone" else _evolink
    return msgspec.json.encode(told(task_id, ending, sources, int(now.timestamp())))


def _evolink(task_id: str, ending: Ending, sources: tuple[str, ...], now_s: int) -> dict[str, Any]:
    body: dict[str, Any] = {
        "created": now_s,
        "id": task_id,
        "model": "gpt-image-2",
        "object": "image.generation.task",
        "progress": 100 if ending == "completed" else 0,
        "status": ending,
        "task_info": {"can_cancel": False},
        "type": "image",
    }
    if ending == "completed":
        return body | {
            "results": sources,
            "result_data": [{"url": source} for source in sources],
            "usage": {"billing_rule": "per_call", "credits_used": _CREDITS * len(sources)},
        }
    code, message = _ERROR[ending]
    return body | {"error": {"code": code, "message": message, "type": "task_error"}}


def _apiinone(task_id: str, ending: Ending, sources: tuple[str, ...], now_s: int) -> dict[str, Any]:
    data: dict[str, Any] = {
        "task_id": task_id,
        "status": _APIINONE_STATUS[ending],
        "model": "gpt-image-1.5",
        "response": sources,
        "consumed_credits": 10 * len(sources),
        "error_message": None if ending == "completed" else _ERROR[ending][1],
        "created_at": now_s,
    }
    return {"code": 200, "message": "success", "data": data}
