"""API in One's words: an order out of a request, and the bodies of tasks and errors.

The create request and answer are https://apiin.one/zh/docs; `callback_url` and the ratios are
https://apiin.one/zh/model/gpt-image-1-5. The body of a finished task is documented nowhere: this
one is a guess from similar products, and what a client saw (an HTTP error has `error.message`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.simulator import order as fields
from infra.simulator.images.sizes import of_gpt_image_1
from infra.simulator.order import ImageOrder
from infra.simulator.refusal import bad_field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.simulator.faults import Switches
    from infra.simulator.refusal import RefusalError
    from infra.simulator.task import Task

NAME = "apiinone"
NODE = "n42"
ID_MODEL = "gpt-image-1.5"
SHORTEST_PROMPT_CHARS, LONGEST_PROMPT_CHARS = 3, 5000  # documented
CREDITS: Mapping[str, int] = {"medium": 10, "high": 28}  # the model page

STATUSES: Mapping[str, str] = {
    "pending": "IN_PROGRESS",
    "processing": "IN_PROGRESS",
    "completed": "SUCCESS",
    "failed": "FAILED",
    "cancelled": "CANCELLED",
}


def new_id(random_part: str) -> str:
    """Make a task id: `n42<8 base36>_gpt-image-1.5`."""
    return f"{NODE}{random_part}_{ID_MODEL}"


def read_order(body: Mapping[str, object], switches: Switches) -> ImageOrder:
    """Read the order of a create request, which is always for one image; raises `RefusalError`."""
    if not SHORTEST_PROMPT_CHARS <= len(fields.text(body, "prompt")) <= LONGEST_PROMPT_CHARS:
        raise bad_field("prompt", f"{SHORTEST_PROMPT_CHARS} to {LONGEST_PROMPT_CHARS} characters")
    width, height = of_gpt_image_1(fields.text(body, "aspect_ratio", "1:1"), "aspect_ratio")
    quality = fields.text(body, "quality", "medium")
    if quality not in CREDITS:
        raise bad_field("quality", f"one of {', '.join(CREDITS)}, not {quality!r:.40}")
    return ImageOrder(
        model=fields.model(body),
        quality=quality,
        width=width,
        height=height,
        image_format=fields.image_format(body),
        count=1,
        callback_url=fields.callback_url(body),
        switches=switches,
    )


def created_body(task: Task) -> dict[str, object]:
    """Return the answer to a create request."""
    return _success({"task_id": task.id, "status": "IN_PROGRESS"})


def task_body(task: Task, now: float) -> dict[str, object]:
    """Return the answer to a task query, which is also the callback's body."""
    status = task.status_at(now)
    return _success(
        {
            "task_id": task.id,
            "status": STATUSES[status],
            "response": task.urls() if status == "completed" else [],
            "consumed_credits": CREDITS[task.order.quality] if status == "completed" else 0,
            "error_message": task.order.switches.error_code if status == "failed" else None,
            "created_at": int(task.created_at),
        }
    )


def error_body(refusal: RefusalError) -> dict[str, object]:
    """Return an HTTP error's body."""
    return {"code": refusal.status, "message": refusal.text, "data": None, "error": {"message": refusal.text}}


def _success(data: dict[str, object]) -> dict[str, object]:
    """Put data into the envelope."""
    return {"code": 200, "message": "success", "data": data}
