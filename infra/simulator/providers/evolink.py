"""EvoLink's words: an order out of a request, and the bodies of tasks and errors.

https://docs.evolink.ai/en/api-manual/image-series/gpt-image-2/gpt-image-2-image-generation and
https://docs.evolink.ai/en/api-manual/task-management/get-task-detail; `duration`, `result_data` and
the token counts are in no document, but in a captured answer: github.com/Evolink-AI/
nanobanana-2-lite-image-generate-api-skill, .codex/model-repo-pipeline/runs/.../published-npx-output.txt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.simulator import order as fields
from infra.simulator.images.sizes import pixels
from infra.simulator.order import ImageOrder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.simulator.faults import Switches
    from infra.simulator.refusal import RefusalError
    from infra.simulator.task import Task

NAME = "evolink"
OBJECT = "image.generation.task"
ID_PREFIX = "task-unified-"

CREDITS_AN_IMAGE = 2.5  # as in the documented create response
TOKENS_AN_IMAGE = 1120  # as captured
TOKENS_A_PROMPT = 57  # as captured

MESSAGES: Mapping[str, str] = {
    "content_policy_violation": "Content policy violation.\nYour request was blocked by safety filters.",
    "request_cancelled": "The request was cancelled.",
    "generation_timeout": "Generation timed out, please retry later.",
}
ERROR_TYPES: Mapping[int, str] = {401: "authentication_error", 403: "permission_error", 500: "api_error"}


def new_id(created_at: float, random_part: str) -> str:
    """Make a task id: `task-unified-<unix seconds>-<8 base36>`."""
    return f"{ID_PREFIX}{int(created_at)}-{random_part}"


def read_order(body: Mapping[str, object], switches: Switches) -> ImageOrder:
    """Read the order of a create request; raises `RefusalError`."""
    fields.text(body, "prompt")
    model = fields.model(body)
    width, height = pixels(model, fields.text(body, "size", "auto"), fields.text(body, "resolution", "1K"))
    return ImageOrder(
        model=model,
        quality=fields.text(body, "quality", "medium"),
        width=width,
        height=height,
        image_format=fields.image_format(body),
        count=fields.count(body),
        callback_url=fields.callback_url(body),
        switches=switches,
    )


def created_body(task: Task) -> dict[str, object]:
    """Return the answer to a create request."""
    return {
        "created": int(task.created_at),
        "id": task.id,
        "model": task.order.model,
        "object": OBJECT,
        "progress": 0,
        "status": "pending",
        "task_info": {"can_cancel": True, "estimated_time": max(1, round(task.work_s))},
        "type": "image",
        "usage": {
            "billing_rule": "per_call",
            "credits_reserved": CREDITS_AN_IMAGE * task.order.count,
            "user_group": "default",
        },
    }


def task_body(task: Task, now: float) -> dict[str, object]:
    """Return the answer to a task query, which is also the callback's body."""
    status = task.status_at(now)
    body: dict[str, object] = {
        "created": int(task.created_at),
        "id": task.id,
        "model": task.order.model,
        "object": OBJECT,
        "progress": task.progress_at(now),
        "status": status,
        "task_info": {"can_cancel": status == "pending"},
        "type": "image",
    }
    if status == "completed":
        body |= _results(task)
    elif status == "failed":
        code = task.order.switches.error_code
        message = MESSAGES.get(code, f"The task failed: {code}")
        body["error"] = {"code": code, "message": message, "type": "task_error"}
    return body


def _results(task: Task) -> dict[str, object]:
    """Return what a completed task has more than others; a simulated duration is at least 1 s."""
    urls, count = task.urls(), task.order.count
    return {
        "duration": max(1, round((task.finished_at or task.created_at) - task.created_at)),
        "result_data": [{"url": url} for url in urls],
        "results": urls,
        "usage": {
            "credits_used": CREDITS_AN_IMAGE * count,
            "image_cached_input_tokens": 0,
            "image_input_tokens": 0,
            "image_output_tokens": TOKENS_AN_IMAGE * count,
            "text_cached_input_tokens": 0,
            "text_input_tokens": TOKENS_A_PROMPT,
            "total_tokens": TOKENS_AN_IMAGE * count + TOKENS_A_PROMPT,
        },
    }


def list_line(task: Task, now: float) -> dict[str, object]:
    """Return a task's line in the list, which holds no links.

    Read off a client: github.com/EvoLinkAI/evolink-mcp packages/core/src/tools/list-tasks.ts.
    """
    status = task.status_at(now)
    return {
        "id": task.id,
        "status": status,
        "model": task.order.model,
        "type": "image",
        "progress": task.progress_at(now),
        "created_at": int(task.created_at),
        "has_results": status == "completed",
        "has_error": status == "failed",
        "credits_used": CREDITS_AN_IMAGE * task.order.count if status == "completed" else 0,
    }


def error_body(refusal: RefusalError) -> dict[str, object]:
    """Return an HTTP error's body."""
    error: dict[str, object] = {
        "code": refusal.code,
        "message": refusal.text,
        "type": ERROR_TYPES.get(refusal.status, "invalid_request_error"),
    }
    if refusal.param is not None:
        error["param"] = refusal.param
    return {"error": error}
