"""The customer's own programs: they tell orders and ask what became of tasks."""

from __future__ import annotations

import json
from typing import Any

from tests.system.stack import Stack

TOKEN = "a-token-of-the-tests"
REQUEST = {"model": "gpt-image-2", "prompt": "a lighthouse at dusk", "size": "1:1"}


def asked(
    stack: Stack, method: str, path: str, told: object = None, token: str | None = TOKEN
) -> tuple[int, Any]:
    """Ask the door for programs; status and JSON."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = told if isinstance(told, bytes) else None if told is None else json.dumps(told).encode()
    answer = stack.http.request(method, stack.line["callbacks"] + path, body=body, headers=headers)
    return answer.status, answer.json() if answer.data.startswith(b"{") else answer.data


def tell(stack: Stack, task: str, request: Any = None, **more: Any) -> int:
    told = {"provider": "evolink", "task_id": task, "request": request or REQUEST, **more}
    return asked(stack, "POST", "/orders", told)[0]


def status(stack: Stack, task: str) -> Any:
    return asked(stack, "GET", f"/tasks/evolink/{task}")[1]
