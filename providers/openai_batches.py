"""OpenAI's batches: one task for all of it, whose files hold a task a line. Pure.

https://developers.openai.com/api/docs/guides/batch, and the types of the official client (https://github.com/openai/openai-python, src/openai/types).
Documented: the batch's words and files, and the lines of these (`custom_id`, `response` or `error`). Nothing is captured. Our
choice: each line is a task of its own, named by its batch and its `custom_id`, since each has an image and an ending of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from archive.errors import Several, Unreadable
from archive.reasons import Reason
from archive.records.notification import Forgiven, Notification, TaskError
from archive.task_ids import is_task_id
from providers.openai_orders import listed
from providers.reading.body import unwrapped_object
from providers.reading.links import image_sources, links_in
from providers.reading.statuses import evened
from providers.reading.told import (
    billing_in,
    error_in,
    first_told,
    moment_in,
    refuse_doubled,
    status_in,
    task_id_in,
)

BATCH, LINE = "batch", "fixative.batch.line"
PREFIX = "batch_"
ENDINGS = frozenset(f"batch.{word}" for word in ("completed", "failed", "expired", "cancelled"))
_UNFINISHED = frozenset({"validating", "finalizing", "cancelling", "in_progress"})
_FILES = ("output_file_id", "error_file_id")
_FILE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
# Batches of anything else hold no image: /v1/embeddings, /v1/chat/completions.
_ENDPOINTS = frozenset({"/v1/images/generations", "/v1/images/edits", "/v1/responses"})
_IMAGES = ["data"]
_TYPES = frozenset({"png", "jpeg", "webp", "gif"})
OK = 200


def line_body(batch_id: str, line: bytes) -> bytes:
    """A line of a batch's file as a body that tells whose it is; what is no object stays as it is."""
    text = line.strip()
    if not text.startswith(b"{"):
        return text
    return b'{"object":%s,"batch_id":%s,%s' % (*map(msgspec.json.encode, (LINE, batch_id)), text[1:])


def line_id(told: Mapping[str, Any]) -> str:
    """The id of a line's task: by its `custom_id`, or where that cannot be a part of one by OpenAI's own. Raises Unreadable."""
    refuse_doubled([told], ["batch_id", "id", "custom_id", "response", "error"])
    named = [
        f"{told.get('batch_id')}.{own}"
        for key in ("custom_id", "id")
        if isinstance(own := told.get(key), str) and own
    ]
    if not named:
        raise Unreadable(Reason.NO_TASK_ID, "the line has neither `custom_id` nor `id`")
    return task_id_in([{"id": next(filter(is_task_id, named), named[0])}], ["id"])


def read_batch(
    provider: str, told: dict[str, Any], words: Mapping[str, Any], forgave: tuple[Forgiven, ...]
) -> Notification:
    """What an answer says of a batch that has no files to read.

    Raises:
        Several: where it has ended, and has.
        Unreadable: with the reason why the body cannot become work.
    """
    task_id = task_id_in([told], ["id"])
    refuse_doubled([told], ["status", "endpoint", *_FILES])
    if first_told([told], ["endpoint"]) not in [*_ENDPOINTS]:
        raise Unreadable(Reason.NOT_AN_IMAGE_TASK, "the batch is of no endpoint for images")
    unfinished = evened(str(told.get("status"))) in _UNFINISHED
    status = "unfinished" if unfinished else status_in([told], ["status"], words)
    files = [told[key] for key in _FILES if isinstance(told.get(key), str) and _FILE_ID.fullmatch(told[key])]
    if status != "unfinished" and files:
        raise Several("the batch holds a task a line", tuple(f"/v1/files/{each}/content" for each in files))
    if status == "completed":
        raise Unreadable(Reason.NO_SOURCES, "the batch is completed and names no file")
    errors = unwrapped_object(told.get("errors"))
    first = next(
        (each for each in listed(errors.told.get("data") if errors else None) if isinstance(each, dict)), None
    )
    return Notification(
        provider=provider,
        task_id=task_id,
        status=status,
        created_at=moment_in([told], ["created_at"]),
        error=error_in([{"error": first}], ["error"], ["code"], ["message"]) if status == "failed" else None,
        forgave=forgave,
    )


def read_line(
    provider: str, told: dict[str, Any], forgave: tuple[Forgiven, ...]
) -> Notification | dict[str, Any]:
    """What a line says of its request; of one that was a response, that response, to be read as one.

    Raises:
        Unreadable: with the reason why the body cannot become work.
    """
    task_id = line_id(told)
    answer = unwrapped_object(told.get("response"))
    inner = unwrapped_object(answer.told.get("body")) if answer is not None else None
    body = inner.told if inner is not None else {}
    error = error_in([told, body], ["error"], ["code", "type"], ["message"])
    if answer is None or answer.told.get("status_code") != OK:
        return Notification(
            provider=provider,
            task_id=task_id,
            status="failed",
            error=error or TaskError(code="unknown"),
            forgave=forgave,
        )
    if body.get("object") == "response":
        return body
    sources = list(dict.fromkeys(_sources(body)))
    return Notification(
        provider=provider,
        task_id=task_id,
        status="completed",
        created_at=moment_in([body], ["created"]),
        sources=image_sources(links_in([{"data": sources}], _IMAGES), []),
        billing=billing_in([body], ["usage"]),
        forgave=forgave,
    )


def uri_of(result: str, kind: object) -> str:
    """An image in base64 as a `data:` URI of the type that is told beside it."""
    told = f"image/{kind}" if isinstance(kind, str) and kind in _TYPES else ""
    return f"data:{told};base64,{result}"


def _sources(body: Mapping[str, Any]) -> Iterator[str]:
    """The images of an answer of the Images API, in its order."""
    for item in listed(body.get("data")):
        if not isinstance(item, dict):
            continue
        refuse_doubled([item], ["b64_json", "url"])
        text, link = item.get("b64_json"), item.get("url")
        if isinstance(text, str) and text:
            yield text if text.startswith("inline:") else uri_of(text, body.get("output_format"))
        elif isinstance(link, str) and link:
            yield link
