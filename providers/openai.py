"""OpenAI's words: a callback names a response and nothing of it; the answer to a query holds its images in base64.

https://developers.openai.com/api/docs/guides/background
https://developers.openai.com/api/docs/guides/webhooks
https://developers.openai.com/api/docs/guides/tools-image-generation
The shapes of objects are those of the official client: https://github.com/openai/openai-python, src/openai/types.

Documented: the event, its signature (Standard Webhooks), the query, the words for a state, that an image stands in `result`
of an `image_generation_call`. Nothing is captured. Not documented, and taken for a day: how long a response can be asked
for; its images have no links, so nothing else of it dies. The endpoint is one of the account's, and no request names it.

An event may be of a response without images, which is no image task, and so are events of everything else. Batches have a
file of their own, `openai_batches.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from archive.errors import IdAlone, Unreadable
from archive.reasons import Reason
from archive.records.inline import SCHEME
from archive.records.notification import Forgiven, Notification, TaskError
from providers.openai_batches import (
    BATCH,
    ENDINGS,
    LINE,
    PREFIX,
    line_body,
    line_id,
    read_batch,
    read_line,
    uri_of,
)
from providers.openai_orders import IMAGE_TOOL, listed, read_order, tools_in
from providers.provider import Provider
from providers.reading.body import read_body, read_object, unwrapped_object
from providers.reading.links import image_sources, links_in
from providers.reading.remarks import remarks_in
from providers.reading.statuses import evened, words_of
from providers.reading.told import (
    billing_in,
    error_in,
    first_told,
    moment_in,
    or_none,
    refuse_doubled,
    status_in,
    task_id_in,
    text_in,
)
from providers.reading.wrapping import task_within
from providers.sample import ERRORS, Sample, Samples
from providers.verifying.hmac_sha256 import STANDARD_WEBHOOKS
from providers.wire import Wire

NAME = "openai"

_ID, _STATUS, _OUTPUT = ["id"], ["status"], ["output"]
_STATUSES = words_of({"failed": ("incomplete",)})
_ENDINGS = frozenset(f"response.{word}" for word in ("completed", "failed", "cancelled", "incomplete"))
_CALL = "image_generation_call"
# What `result` may begin with where it is no base64: a link, or what stands for one.
_NO_BASE64 = ("https://", "http://", "data:", SCHEME)


class _Told(NamedTuple):
    """What a body says of a response, or of an event."""

    told: dict[str, Any]
    forgave: tuple[Forgiven, ...]
    event: str | None = None  # its type, where it is one


def read(body: bytes) -> Notification:
    """What an answer to a task query says about a response.

    Raises:
        IdAlone: for an event that a response has ended, as it is meant.
        Unreadable: with the reason why the body cannot become work.
    """
    told, forgave, event = _told_in(body)
    if told.get("object") == LINE:
        task_id = line_id(told)
        line = read_line(NAME, told, forgave)
        if isinstance(line, Notification):
            return line
        told = line
    else:
        task_id = task_id_in([told], _ID)
    if event is not None:
        raise _of_event(event, moment_in([read_object(body)], ["created_at"]))
    if told.get("object") == BATCH:
        return read_batch(NAME, told, _STATUSES, forgave)
    status = status_in([told], _STATUS, _STATUSES)
    calls = [
        item for item in listed(told.get("output")) if isinstance(item, dict) and item.get("type") == _CALL
    ]
    sources = tuple(dict.fromkeys(_sources(told)))
    error = _error(told, calls)
    if status == "completed" and not sources and calls and error is not None:
        status = "failed"
    elif (
        sources and evened(str(told.get("status"))) == "incomplete"
    ):  # words were cut off, and the images are there
        status = "completed"
    return Notification(
        provider=NAME,
        task_id=task_id,
        status=status,
        model=text_in([*tools_in(told), told], ["model"]),
        created_at=moment_in([told], ["created_at"]),
        sources=_judged(told, sources) if status == "completed" else (),
        error=error if status == "failed" else None,
        billing=billing_in([told], ["usage"]),
        remarks=remarks_in([told]),
        forgave=forgave,
    )


@or_none
def read_task_id(body: bytes) -> str | None:
    """The id of the response that a body names, whatever else is wrong with it."""
    told = _told_in(body).told
    return line_id(told) if told.get("object") == LINE else task_id_in([told], _ID)


def _told_in(body: bytes) -> _Told:
    """The response that a body is, or what an event is about. Raises Unreadable."""
    whole = read_body(body)
    refuse_doubled([whole.told], ["object", "type", "data"])
    inner = unwrapped_object(whole.told.get("data"))
    kind = whole.told.get("type")
    if whole.told.get("object") in (LINE, BATCH):
        return _Told(whole.told, whole.forgave)
    if whole.told.get("object") == "event" or (inner is not None and isinstance(kind, str) and "." in kind):
        return _Told(
            inner.told if inner is not None else {}, whole.forgave, kind if isinstance(kind, str) else ""
        )
    response = task_within(whole, _ID, _STATUS)
    refuse_doubled([response.told], _OUTPUT)
    return _Told(*response)


def _of_event(kind: str, ended_at: datetime | None) -> Unreadable:
    """What an event comes to, by its type: it tells nothing but the id."""
    if not kind:
        return Unreadable(Reason.NO_STATUS, "the event has no type")
    if kind in _ENDINGS or kind in ENDINGS:
        return IdAlone(f"the event {kind} tells an id alone", ended_at)
    if kind.startswith(("response.", "batch.")):
        return Unreadable(Reason.UNKNOWN_STATUS, f"the event is {kind[:40]!r}")
    return Unreadable(Reason.NOT_AN_IMAGE_TASK, f"the event is {kind[:40]!r}, and of no response")


def _sources(told: Mapping[str, Any]) -> Iterator[str]:
    """The images in `output`, in its order: base64 becomes a `data:` URI of the type that is told beside it."""
    for item in listed(told.get("output")):
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict) and item.get("type") == _CALL:
            refuse_doubled([item], ["result"])
            result, kind = item.get("result"), item.get("output_format")
            if isinstance(result, str) and result.strip()[:8].lower().startswith(_NO_BASE64):
                yield result
            elif isinstance(result, str) and result:
                yield uri_of(result, kind)


def _judged(told: Mapping[str, Any], sources: tuple[str, ...]) -> tuple[str, ...]:
    """The same, where they are those of an image task. Raises Unreadable."""
    if not sources and any(
        isinstance(item, dict) and item.get("type") != _CALL for item in listed(told.get("output"))
    ):
        raise Unreadable(Reason.NOT_AN_IMAGE_TASK, "the response holds no image")
    return image_sources(
        links_in([{"output": list(sources)}], _OUTPUT), [told.get("type"), told.get("object")]
    )


def _error(told: Mapping[str, Any], calls: list[dict[str, Any]]) -> TaskError | None:
    """Why it failed: the response's error, what cut it off, else that of an image."""
    error = error_in([told], ["error"], ["code"], ["message"])
    if error is None and (cut := unwrapped_object(told.get("incomplete_details"))) is not None:
        error = error_in([{"code": first_told([cut.told], ["reason"])}], ["error"], ["code"], [])
    if error is None:
        error = error_in([{"error": first_told(calls, ["error"])}], ["error"], ["code", "type"], ["message"])
    return error


def _sample_id(_now: datetime, word: str) -> str:
    return f"resp_{word * 6}"  # 48 letters and digits


def _sample_body(sample: Sample) -> dict[str, Any]:
    """The answer to a query in the callback's place: an event would need a response that there is."""
    images = [
        {
            "type": _CALL,
            "id": f"ig_{place}",
            "status": "completed",
            "result": source,
            "revised_prompt": None,
        }
        for place, source in enumerate(sample.sources)
    ]
    code, message = ERRORS["failed"]
    return {
        "id": sample.task_id,
        "object": "response",
        "created_at": sample.made_unix_s,
        "status": sample.ending,
        "background": True,
        "error": {"code": code, "message": message} if sample.ending == "failed" else None,
        "incomplete_details": None,
        "model": "gpt-5.2",
        "output": images if sample.ending == "completed" else [],
        "tools": [{"type": IMAGE_TOOL, "model": "gpt-image-2"}],
    }


OPENAI = Provider(
    name=NAME,
    title="OpenAI",
    reader=read,
    read_task_id=read_task_id,
    read_order=read_order,
    media_hosts=(),  # its images have no links
    # A response that is stored is there for longer; one that is not, for ten minutes in projects that keep nothing.
    link_life_s=24 * 3600,
    wire=Wire(
        base="https://api.openai.com",
        version="/v1",
        submit="/v1/responses",
        task="/v1/responses/{task_id}",
        others=((PREFIX, "/v1/batches/{task_id}"),),
        callback_key=None,  # the endpoint stands in the project's settings
        besides=(("background", msgspec.Raw(b"true")),),
        base64_keys=("result", "b64_json"),
    ),
    samples=Samples(
        task_id=_sample_id,
        body=_sample_body,
        request={
            "model": "gpt-5.2",
            "input": "fixative trigger",
            "tools": [
                {"type": IMAGE_TOOL, "model": "gpt-image-2", "size": "1024x1024", "output_format": "jpeg"}
            ],
        },
    ),
    images_most=10,
    statuses=_STATUSES,
    verifier=STANDARD_WEBHOOKS,
    tells_id_alone=True,
    line_body=line_body,
)
