"""EvoLink's words: the callback's body is the answer of `GET /v1/tasks/{id}`.

https://docs.evolink.ai/en/api-manual/task-management/get-task-detail
https://docs.evolink.ai/en/api-manual/image-series/gpt-image-2/gpt-image-2-image-generation

Only `id`, `status` and, of a failed task, `error` may be relied on: the documents' own example of a
failure has nothing else. Real bodies hold more than the documents say (`result_data`, `usage`, `duration`).
"""

from __future__ import annotations

from typing import Any

from archive.errors import Unreadable
from archive.notification import Notification
from archive.order import Order
from providers.body import read_object
from providers.links import image_sources, links_in, refuse_other_kinds
from providers.orders import order_in
from providers.provider import Provider
from providers.statuses import STATUS_OF, status_with_error
from providers.told import billing_in, error_in, moment_in, status_in, task_id_in, text_in

NAME = "evolink"

_ID = ["id"]
_RESULTS = ["results", "result_data", "result_url", "url", "file_url", "output_url", "output"]
_BILLING = ["usage", "billing", "consumed_credits"]

# Our word -> EvoLink's. `image_urls` and `mask_url` go beside these; `callback_url` is not recorded.
_ORDER = {
    "model": "model", "prompt": "prompt", "size": "size", "resolution": "resolution", "quality": "quality",
    "n": "n", "output_format": "output_format", "background": "background",
}  # fmt: skip


def read(body: bytes) -> Notification:
    """What a callback, or an answer to a task query, says about a task.

    Raises:
        Unreadable: with the reason why the body cannot become work.
    """
    told = read_object(body)
    task_id = task_id_in([told], _ID)
    error = error_in([told], ["error"], ["code"], ["message"]) if told.get("error") else None
    status = status_with_error(status_in([told], ["status"], STATUS_OF), error.code if error else None)
    return Notification(
        provider=NAME,
        task_id=task_id,
        status=status,
        model=text_in([told], ["model"]),
        created_at=moment_in([told], ["created", "created_at"]),
        sources=_sources(told, status),
        error=error,
        billing=billing_in([told], _BILLING),
    )


def read_task_id(body: bytes) -> str | None:
    """The id of the task that a body names, whatever else is wrong with it."""
    try:
        return task_id_in([read_object(body)], _ID)
    except Unreadable:
        return None


def read_order(request: bytes) -> Order:
    """What a request to `POST /v1/images/generations` asks for.

    Raises:
        Unreadable: `bad_order`, if the request holds a value of the wrong type; `not_json`, `not_an_object`.
    """
    return order_in(read_object(request), _ORDER, references="image_urls", mask="mask_url")


def _sources(told: dict[str, Any], status: str) -> tuple[str, ...]:
    kinds = [told.get("type"), told.get("object")]
    if status == "completed":
        return image_sources(links_in([told], _RESULTS), kinds)
    if status != "unfinished":  # those are dropped, of whatever kind
        refuse_other_kinds(kinds)
    return ()


EVOLINK = Provider(
    name=NAME,
    title="EvoLink",
    reader=read,
    read_task_id=read_task_id,
    read_order=read_order,
    # files. (seen), media. and cdn. (documented): more are likely, all below one name.
    media_hosts=("evolink.ai",),
    link_life_s=24 * 3600,  # documented; counted from when is not
    api_base="https://api.evolink.ai",
    submit_path="/v1/images/generations",
    tasks_path="/v1/tasks",
    # Not in the documents; the official client uses it: https://github.com/EvoLinkAI/evolink-mcp
    batch_path="/v1/tasks/batch",
    batch_size=50,
    lists_tasks=True,
    # 16 to 96 characters of A-Za-z0-9._- : the same client.
    idempotency_header="Idempotency-Key",
)
