"""Pixel Mill's words. A provider that is made up: what a newcomer writes, tried in a copy of the project.

The task stands in `job`, and is asked for under another header and by a query:

    POST /v2/paint                  X-Mill-Key: <key>; the answer names the task's own address beside it: `ask`
    GET  /v2/job?ref=<task id>      {"job": {"task_id": "mill-1", "status": "baked", "results": ["https://..."]}}
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from archive.errors import Unreadable
from archive.records.notification import Notification
from archive.records.order import Order
from providers.provider import Provider
from providers.reading.body import read_body, read_object, unwrapped_object
from providers.reading.links import image_sources, links_in
from providers.reading.orders import order_in
from providers.reading.remarks import remarks_in
from providers.reading.statuses import words_of
from providers.reading.told import (
    Objects,
    billing_in,
    error_in,
    moment_in,
    status_in,
    task_id_in,
    text_in,
    url_in,
)
from providers.sample import ERRORS, Sample, Samples
from providers.wire import Wire

NAME = "pixelmill"

_ID = ["task_id"]
_STATUS = ["status"]
_STATUSES = words_of({"completed": ("baked",), "failed": ("burnt",), "unfinished": ("kneading",)})
_ORDER = {"model": "oven", "prompt": "prompt", "size": "format", "n": "copies"}


def read(body: bytes) -> Notification:
    """What a callback, or an answer to a task query, says. Raises Unreadable."""
    told, forgave = read_body(body)
    objects = _objects(told)
    task_id = task_id_in(objects, _ID)
    status = status_in(objects, _STATUS, _STATUSES)
    return Notification(
        provider=NAME,
        task_id=task_id,
        status=status,
        model=text_in(objects, ["oven"]),
        created_at=moment_in(objects, ["made"]),
        sources=image_sources(links_in(objects, ["results"]), []) if status == "completed" else (),
        error=error_in(objects, ["error"], ["code"], ["message"]) if status == "failed" else None,
        billing=billing_in(objects, ["usage"]),
        remarks=remarks_in(objects),
        forgave=forgave,
    )


def read_task_id(body: bytes) -> str | None:
    """The id of the task that a body names, whatever else is wrong with it."""
    try:
        return task_id_in(_objects(read_object(body)), _ID)
    except Unreadable:
        return None


def read_task_url(body: bytes) -> str | None:
    """The address that the answer to a submission gives its task."""
    try:
        return url_in([read_object(body)], ["ask"])
    except Unreadable:
        return None


def read_order(request: bytes) -> Order:
    """What a request to `POST /v2/paint` asks for. Raises Unreadable."""
    return order_in(read_object(request), _ORDER, references="like", mask=None)


def _objects(told: dict[str, Any]) -> Objects:
    """The job, before what stands around it."""
    inner = unwrapped_object(told.get("job"))
    return [inner.told, told] if inner is not None else [told]


def _sample_id(now: datetime, word: str) -> str:
    return f"mill-{int(now.timestamp())}-{word}"


def _sample_body(sample: Sample) -> dict[str, Any]:
    words = {"completed": "baked", "failed": "burnt", "cancelled": "cancelled"}
    job: dict[str, Any] = {
        "task_id": sample.task_id,
        "status": words[sample.ending],
        "oven": "stone",
        "made": sample.made_unix_s,
    }
    if sample.ending == "completed":
        job["results"] = sample.sources
    else:
        job["error"] = dict(zip(("code", "message"), ERRORS[sample.ending], strict=True))
    return {"job": job}


PIXELMILL = Provider(
    name=NAME,
    title="Pixel Mill",
    reader=read,
    read_task_id=read_task_id,
    read_order=read_order,
    read_task_url=read_task_url,
    media_hosts=("pixelmill.example",),
    link_life_s=6 * 3600,
    wire=Wire(
        base="https://api.pixelmill.example/v2",
        version="/v2",
        submit="/v2/paint",
        task="/v2/job?ref={task_id}",
        key_header="X-Mill-Key",
        key_scheme="",
        given_hosts=("pixelmill.example",),
    ),
    samples=Samples(
        task_id=_sample_id, body=_sample_body, request={"oven": "stone", "prompt": "fixative trigger"}
    ),
    images_most=4,
    statuses=_STATUSES,
    kept_header="x-mill-event",
)
