"""fal.ai's words: the callback wraps what the model answered, and an answer to a query is that alone.

https://docs.fal.ai/model-endpoints/webhooks
https://fal.ai/docs/inference-api/queue/result
https://fal.ai/docs/documentation/model-apis/errors.md

Documented: the body of success and of failure, the signature, the query by the address that the submission answers, the errors'
types, that links live as long as the request says. Captured: one callback of each ending, the first with its signature
(github.com/smarenkov/fal-ai-webhook-verification). Seen in clients only: that a query of an unfinished request answers 400 and
says so. Not documented: how long links live where the request says nothing (taken for a day, as other providers'), and where in
the answer of an app its files stand: any file object of it is taken for a result.
The model is in no body: it is known from the order alone.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec

from archive.errors import Unreadable
from archive.reasons import Reason
from archive.records.notification import MESSAGE_MAX_BYTES, WORD_MAX_BYTES, Forgiven, Notification, TaskError
from archive.records.order import Order
from archive.redaction import redacted
from providers.provider import Provider
from providers.reading.body import read_body, read_object, unwrapped_object
from providers.reading.file_objects import files_in
from providers.reading.links import Links, image_sources, links_in
from providers.reading.orders import order_in, pixels
from providers.reading.remarks import remarks_in
from providers.reading.statuses import words_of
from providers.reading.told import (
    billing_in,
    error_in,
    first_told,
    or_none,
    refuse_doubled,
    status_in,
    task_id_in,
    url_in,
)
from providers.sample import ERRORS, Sample, Samples
from providers.verifying.ed25519 import ed25519_fits, keys_in_set, public_key
from providers.verifying.hmac_sha256 import hex_in
from providers.verifying.verifier import Signed, Verifier
from providers.wire import Wire

NAME = "fal"

_ID = ["request_id"]
_STATUS = ["status"]
# OK and ERROR in a callback; IN_QUEUE, IN_PROGRESS and COMPLETED of a query.
_STATUSES = words_of({"completed": ("ok",)})
# Where links stand that are no file objects.
_DOORS = [
    "images", "image", "image_url", "image_urls", "url", "output", "outputs", "results", "video", "audio",
]  # fmt: skip
_UNFINISHED = re.compile(r"in progress|in queue", re.IGNORECASE)
_REQUEST_ID, _USER_ID, _TIME, _SIGNATURE = (
    f"x-fal-webhook-{part}" for part in ("request-id", "user-id", "timestamp", "signature")
)


class _Told(NamedTuple):
    """What a body says of a request: the envelope, what the model answered, and what was forgiven."""

    task_id: str
    around: dict[str, Any]
    payload: dict[str, Any]
    forgave: tuple[Forgiven, ...]


def read(body: bytes) -> Notification:
    """What a callback says about a task, or an answer to a task query as `read_answer` made it.

    Raises:
        Unreadable: with the reason why the body cannot become work.
    """
    task_id, around, payload, forgave = _told_in(body)
    status = status_in([around], _STATUS, _STATUSES)
    return Notification(
        provider=NAME,
        task_id=task_id,
        status=status,
        sources=_sources(around, payload) if status == "completed" else (),
        error=_error(around, payload) if status == "failed" else None,
        billing=billing_in([around], ["metrics", "usage"]),
        remarks=remarks_in([around]),
        forgave=forgave,
    )


@or_none
def read_task_id(body: bytes) -> str | None:
    """The id of the request that a body names, whatever else is wrong with it."""
    return _told_in(body).task_id


@or_none
def read_task_url(body: bytes) -> str | None:
    """Where the answer to a submission says that its result will be: fal asks not to make that address oneself."""
    return url_in([read_object(body)], ["response_url"])


def read_answer(task_id: str, status: int, body: bytes) -> bytes | None:
    """The answer to a task query, in the form of a callback; None: there is no such request, or not any more.

    fal keeps an answer for an hour, one of 10 KB or more for six minutes.

    Raises:
        Unreadable: for an answer that says nothing of the task.
    """
    if status == HTTPStatus.NOT_FOUND:
        return None
    try:
        answer: Any = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Unreadable(Reason.NOT_JSON, "the answer to the query") from error
    told: dict[str, object] = {"request_id": task_id, "payload": msgspec.Raw(body)}
    detail = answer.get("detail") if isinstance(answer, dict) else None
    if status == HTTPStatus.OK:
        told["status"] = "OK"
    elif status == HTTPStatus.ACCEPTED or (isinstance(detail, str) and _UNFINISHED.search(detail)):
        told["status"] = "IN_PROGRESS"
    elif detail is not None:
        told["status"] = "ERROR"
    else:
        raise Unreadable(Reason.NO_STATUS, f"the answer {status} to the query")
    return msgspec.json.encode(told)


def read_order(request: bytes) -> Order:
    """What a request asks for; `model` is the app's path, which the true request has in its address.

    Raises:
        Unreadable: `bad_order`, if the request holds a value of the wrong type; `not_json`, `not_an_object`.
    """
    told = read_object(request)
    size = told.get("image_size")
    if isinstance(size, dict):
        size = pixels(size.get("width"), size.get("height")) or size
    said = {**told, "image_size": told.get("aspect_ratio") if size is None or size == "" else size}
    said["references"] = [
        link for key in ("image_url", "image_urls", "reference_image_urls") for link in _listed(told.get(key))
    ]
    words = {"model": "model", "prompt": "prompt", "size": "image_size", "n": "num_images",
             "output_format": "output_format", "quality": "quality", "resolution": "resolution"}  # fmt: skip
    return order_in(said, words, references="references", mask="mask_url")


def _told_in(body: bytes) -> _Told:
    """The request that a body is of. Raises Unreadable."""
    around, forgave = read_body(body)
    refuse_doubled([around], [*_ID, "payload"])
    inner = unwrapped_object(around.get("payload"))
    payload = inner.told if inner is not None else {}
    return _Told(task_id_in([around], _ID), around, payload, forgave)


def _sources(around: dict[str, Any], payload: dict[str, Any]) -> tuple[str, ...]:
    """The links of the file objects in the model's answer, else those under the keys where links are usual."""
    files = list(files_in(payload))
    images = tuple(dict.fromkeys(link for link, kind in files if kind in {"", "image"}))
    others = tuple(link for link, kind in files if kind not in {"", "image"})
    links = Links(images, others, others_by_name=True)
    if not images:
        links = links_in([payload], _DOORS)
        links = links._replace(others=(*links.others, *others), others_by_name=bool(others))
    if not any(links[:2]) and around.get("payload_error"):
        raise Unreadable(Reason.NO_SOURCES, "fal could not write the model's answer (`payload_error`)")
    if files and images and others:  # a video's poster beside images: the images are what is kept
        links = Links(images, (), others_by_name=False)
    return image_sources(links, [])


def _error(around: dict[str, Any], payload: dict[str, Any]) -> TaskError | None:
    """Why it failed: `error` in a sentence, `payload.detail` in a sentence, or typed, a line each."""
    error = error_in([around], ["error"], ["code", "error_type"], ["message"])
    detail = payload.get("detail")
    typed = [each for each in detail if isinstance(each, dict)] if isinstance(detail, list) else []
    code = first_told(typed, ["type"])
    said = [text for each in typed if isinstance(text := each.get("msg"), str)]
    message = "; ".join(said) or (detail if isinstance(detail, str) else "")
    if error is None and not message and code is None:
        return None
    return TaskError(
        code=redacted(code, WORD_MAX_BYTES + 1) if isinstance(code, str) else _code_of(error),
        message=redacted(message, MESSAGE_MAX_BYTES + 1) or (error.message if error else ""),
    )


def _code_of(error: TaskError | None) -> str:
    return error.code if error else "unknown"


def _listed(value: object) -> list[str]:
    found = value if isinstance(value, list) else [value]
    return [link for link in found if isinstance(link, str) and link]


def _message(signed: Signed) -> bytes:
    """The request's id, the user's, the time, and the SHA-256 of the body in hexadecimal digits, a line each."""
    told = signed.headers
    lines = [told[_REQUEST_ID], told[_USER_ID], told[_TIME], hashlib.sha256(signed.body).hexdigest()]
    return "\n".join(lines).encode("latin-1", "replace")


def _sample_id(_now: datetime, word: str) -> str:
    return f"{word}-0000-4000-8000-{word}0000"  # a UUID's form


def _sample_body(sample: Sample) -> dict[str, Any]:
    """A cancelled one is not documented: the word is read all the same."""
    words = {"completed": "OK", "failed": "ERROR", "cancelled": "CANCELLED"}
    told: dict[str, Any] = {
        "request_id": sample.task_id,
        "gateway_request_id": sample.task_id,
        "status": words[sample.ending],
        "error": None,
    }
    if sample.ending == "completed":
        images = [
            {"url": source, "content_type": "image/png", "width": 1024, "height": 1024}
            for source in sample.sources
        ]
        return told | {"payload": {"images": images, "seed": 7, "has_nsfw_concepts": [False] * len(images)}}
    code, message = ERRORS[sample.ending]
    detail = [{"loc": ["body", "prompt"], "msg": message, "type": code}]
    return told | {"error": "Unexpected status code: 422", "payload": {"detail": detail}}


FAL = Provider(
    name=NAME,
    title="fal.ai",
    reader=read,
    read_task_id=read_task_id,
    read_order=read_order,
    read_task_url=read_task_url,
    read_answer=read_answer,
    media_hosts=("fal.media",),  # v3. and v3b. captured; the name is theirs alone
    # As the request says (X-Fal-Object-Lifecycle-Preference); what else is not documented.
    link_life_s=24 * 3600,
    wire=Wire(
        base="https://queue.fal.run",
        submit="/{model}",
        task="",  # made of the app, which no callback names: the address that was given is asked
        key_scheme="Key",
        callback_query="fal_webhook",
        given_hosts=("fal.run",),
    ),
    samples=Samples(
        task_id=_sample_id,
        body=_sample_body,
        request={"model": "fal-ai/flux/schnell", "prompt": "fixative trigger", "image_size": "square_hd"},
    ),
    images_most=10,  # each app has its own bound
    statuses=_STATUSES,
    verifier=Verifier(
        scheme="Ed25519, published keys",
        headers=(_REQUEST_ID, _USER_ID, _TIME, _SIGNATURE),
        message=_message,
        signatures=lambda headers: (hex_in(headers[_SIGNATURE]),),
        fits=ed25519_fits,
        key_of=public_key,
        time_header=_TIME,
        key_set="https://rest.fal.ai/.well-known/jwks.json",
        keys_in=keys_in_set,
    ),
)
