"""EvoLink's words: the callback's body is the answer of `GET /v1/tasks/{id}`.

https://docs.evolink.ai/en/api-manual/task-management/get-task-detail
https://docs.evolink.ai/en/api-manual/image-series/gpt-image-2/gpt-image-2-image-generation

Only `id`, `status` and, of a failed task, `error` may be relied on: the documents' own example of a
failure has nothing else. Real bodies hold more than the documents say (`result_data`, `usage`, `duration`).
Its answers carry `x-oneapi-request-id`: a gateway of the new-api family, whose words for a state may show through
(https://github.com/QuantumNous/new-api, `constant/task.go`: NOT_START, SUBMITTED, QUEUED, IN_PROGRESS, FAILURE, SUCCESS).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NamedTuple

from archive.records.notification import Forgiven, Notification, TaskError
from archive.records.order import Order
from providers.provider import Provider
from providers.reading.body import read_body, read_object
from providers.reading.links import image_sources, links_in, refuse_other_kinds
from providers.reading.orders import order_in
from providers.reading.remarks import remarks_in
from providers.reading.statuses import status_with_error, why, words_of
from providers.reading.told import (
    billing_in,
    error_in,
    first_told,
    moment_in,
    or_none,
    refuse_doubled,
    refuse_other_ids,
    status_in,
    task_id_in,
    text_in,
)
from providers.reading.wrapping import task_within
from providers.sample import ERRORS, Sample, Samples
from providers.wire import Wire

NAME = "evolink"

_ID = ["id"]
# Not in the documents: read where there is no `id`. Where one stands beside it and names another task, one of the
# two is wrong.
_OTHER_IDS = ["task_id", "taskId"]
_IDS = [*_ID, *_OTHER_IDS]
_STATUS = ["status", "task_status", "taskStatus", "state"]
_ID_FORM = re.compile(r"\Atask-unified-[A-Za-z0-9-]+")
_STATUSES = words_of({"unfinished": ("not_start",)})
_RESULTS = ["results", "result_data", "result_url", "url", "file_url", "output_url", "output"]
# Not in the documents either: believed only where none of the keys above holds a link. `image_urls` are what was sent.
_ELSE_RESULTS = [
    "images", "image", "image_url", "img_url", "result", "result_urls", "result_image_url", "result_json", "task_result",
    "info", "output_urls", "outputs", "urls", "file_urls", "response", "data",
]  # fmt: skip
_KINDS = ["type", "object"]
_BILLING = ["usage", "billing", "consumed_credits"]

# Our word -> EvoLink's. `image_urls` and `mask_url` go beside these; `callback_url` is not recorded.
_ORDER = {
    "model": "model", "prompt": "prompt", "size": "size", "resolution": "resolution", "quality": "quality",
    "n": "n", "output_format": "output_format", "background": "background",
}  # fmt: skip


class _Task(NamedTuple):
    """What a body says of a task, and what was forgiven."""

    task_id: str
    told: dict[str, Any]
    forgave: tuple[Forgiven, ...]


def read(body: bytes) -> Notification:
    """What a callback, or an answer to a task query, says about a task.

    Raises:
        Unreadable: with the reason why the body cannot become work.
    """
    task_id, told, forgave = _task_in(body)
    error = error_in([told], ["error"], ["code"], ["message"]) if told.get("error") else None
    status = status_with_error(status_in([told], _STATUS, _STATUSES), error.code if error else None)
    if error is None and (reason := why(first_told([told], _STATUS))):
        error = TaskError(code=reason)
    return Notification(
        provider=NAME,
        task_id=task_id,
        status=status,
        model=text_in([told], ["model"]),
        created_at=moment_in([told], ["created", "created_at"]),
        sources=_sources(told, status),
        error=error,
        billing=billing_in([told], _BILLING),
        remarks=remarks_in([told]),
        forgave=forgave,
    )


@or_none
def read_task_id(body: bytes) -> str | None:
    """The id of the task that a body names, whatever else is wrong with it."""
    return _task_in(body).task_id


def read_order(request: bytes) -> Order:
    """What a request to `POST /v1/images/generations` asks for.

    Raises:
        Unreadable: `bad_order`, if the request holds a value of the wrong type; `not_json`, `not_an_object`.
    """
    return order_in(read_object(request), _ORDER, references="image_urls", mask="mask_url")


def _task_in(body: bytes) -> _Task:
    """The task that a body is, or is wrapped around. Raises Unreadable."""
    around = read_body(body)
    told, forgave = task_within(around, _IDS, _STATUS)
    task_id = task_id_in([told], _IDS)
    refuse_other_ids([told], task_id, _OTHER_IDS, _ID_FORM)
    refuse_other_ids([around.told], task_id, _IDS, _ID_FORM)
    return _Task(task_id, told, forgave)


def _sources(told: dict[str, Any], status: str) -> tuple[str, ...]:
    refuse_doubled([told], _KINDS)
    kinds = [told.get(key) for key in _KINDS]
    if status == "completed":
        links = links_in([told], _RESULTS)
        return image_sources(links if any(links) else links_in([told], _ELSE_RESULTS), kinds)
    if status != "unfinished":  # those are dropped, of whatever kind
        refuse_other_kinds(kinds)
    return ()


def _sample_id(now: datetime, word: str) -> str:
    return f"task-unified-{int(now.timestamp())}-{word}"


def _sample_body(sample: Sample) -> dict[str, Any]:
    told = {
        "created": sample.made_unix_s,
        "id": sample.task_id,
        "model": "gpt-image-2",
        "object": "image.generation.task",
        "progress": 100 if sample.ending == "completed" else 0,
        "status": sample.ending,
        "task_info": {"can_cancel": False},
        "type": "image",
    }
    if sample.ending == "completed":
        return told | {
            "results": sample.sources,
            "result_data": [{"url": source} for source in sample.sources],
            "usage": {"billing_rule": "per_call", "credits_used": 2.5 * len(sample.sources)},
        }
    code, message = ERRORS[sample.ending]
    return told | {"error": {"code": code, "message": message, "type": "task_error"}}


EVOLINK = Provider(
    name=NAME,
    title="EvoLink",
    reader=read,
    read_task_id=read_task_id,
    read_order=read_order,
    # files. (seen), media. and cdn. (documented): more are likely, all below one name. The other is a maker's own
    # bucket, to which links of layers were seen to lead: the name is shared with strangers' buckets beside it.
    media_hosts=("evolink.ai", "=ark-acg-cn-beijing.tos-cn-beijing.volces.com"),
    link_life_s=24 * 3600,  # documented; counted from when is not
    wire=Wire(
        base="https://api.evolink.ai",
        version="/v1",
        submit="/v1/images/generations",
        task="/v1/tasks/{task_id}",
        # Not in the documents; the official client uses it: https://github.com/EvoLinkAI/evolink-mcp
        batch="/v1/tasks/batch",
        batch_size=50,
        tasks="/v1/tasks",
        # 16 to 96 characters of A-Za-z0-9._- : the same client.
        idempotency_header="Idempotency-Key",
    ),
    samples=Samples(
        task_id=_sample_id,
        body=_sample_body,
        request={"model": "gpt-image-2", "prompt": "fixative trigger", "size": "1024x1024"},
    ),
    images_most=10,  # https://docs.evolink.ai/en/api-manual/image-series/gpt-image-2/gpt-image-2-image-generation
    statuses=_STATUSES,
    kept_header="x-oneapi-request-id",  # the gateway's own
)
