"""Black Forest Labs' words: a task is Ready or not, and its link lives for ten minutes.

https://docs.bfl.ai/integration_guidelines
https://github.com/black-forest-labs/skills, on webhooks and on polling

Documented: the two bodies, the words for a state, the signature over the raw body, the query by the address that the submission
answers, which must be used as it was given, and that a link lives for ten minutes. Nothing is captured.
Not documented, and built on here: that `timestamp` is when the task ended. It is taken for that, since the link's life is counted
from the end and so short; were it a moment before that, a dead link would be given up so much earlier.
The model is in no body: it is known from the order alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from archive.records.notification import Forgiven, Notification, TaskError
from archive.records.order import Order
from providers.provider import Provider
from providers.reading.body import read_body, read_object, unwrapped_object
from providers.reading.links import image_sources, links_in
from providers.reading.orders import order_in, pixels
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
    url_in,
)
from providers.reading.wrapping import task_within
from providers.sample import ERRORS, Sample, Samples
from providers.verifying.hmac_sha256 import hmac_fits, prefixed_hex, text_key
from providers.verifying.hmac_sha256 import signed_body as sign_body
from providers.verifying.verifier import Verifier
from providers.wire import Wire

NAME = "bfl"

_ID, _STATUS = ["id"], ["status"]
# Words for a failure that say why it was one.
_WHY = ("request_moderated", "content_moderated", "task_not_found")
_STATUSES = words_of({"completed": ("ready",), "failed": _WHY})
_DOORS = ["sample", "samples", "images", "url"]
_SIGNATURE, _PREFIX = "x-bfl-signature", "sha256="


class _Told(NamedTuple):
    """What a body says of a task, its result, and what was forgiven."""

    task_id: str
    told: dict[str, Any]
    result: dict[str, Any]
    forgave: tuple[Forgiven, ...]


def read(body: bytes) -> Notification:
    """What a callback, or an answer to a task query, says about a task.

    Raises:
        Unreadable: with the reason why the body cannot become work.
    """
    task_id, told, result, forgave = _told_in(body)
    status = status_in([told], _STATUS, _STATUSES)
    return Notification(
        provider=NAME,
        task_id=task_id,
        status=status,
        ended_at=moment_in([told], ["timestamp"]) if status == "completed" else None,
        sources=image_sources(links_in([result], _DOORS), []) if status == "completed" else (),
        error=_error(told) if status == "failed" else None,
        billing=billing_in([told], ["cost", "usage"]),
        remarks=remarks_in([told]),
        forgave=forgave,
    )


@or_none
def read_task_id(body: bytes) -> str | None:
    """The id of the task that a body names, whatever else is wrong with it."""
    return _told_in(body).task_id


@or_none
def read_task_url(body: bytes) -> str | None:
    """The address at which the answer to a submission says that the task is to be asked for: it is regional."""
    return url_in([read_object(body)], ["polling_url"])


def read_order(request: bytes) -> Order:
    """What a request asks for; `model` is the last part of its address, which the true request has there alone.

    Images are sent to be edited as links or as base64; base64 is no link, and is not recorded.

    Raises:
        Unreadable: `bad_order`, if the request holds a value of the wrong type; `not_json`, `not_an_object`.
    """
    told = read_object(request)
    sent = [told.get("input_image"), *(told.get(f"input_image_{place}") for place in range(2, 9))]
    links = [link for link in sent if isinstance(link, str) and link.startswith(("https://", "http://"))]
    said = {
        **told,
        "size": pixels(told.get("width"), told.get("height")) or told.get("aspect_ratio"),
        "references": links,
    }
    words = {"model": "model", "prompt": "prompt", "size": "size", "output_format": "output_format"}
    return order_in(said, words, references="references", mask=None)


def _told_in(body: bytes) -> _Told:
    """The task that a body is, or is wrapped around. Raises Unreadable."""
    told, forgave = task_within(read_body(body), _ID, _STATUS)
    refuse_doubled([told], ["result"])
    inner = unwrapped_object(told.get("result"))
    return _Told(task_id_in([told], _ID), told, inner.told if inner is not None else {}, forgave)


def _error(told: dict[str, Any]) -> TaskError | None:
    """Why it failed: `error` is the code and `message` the sentence; else the word for the state says it."""
    error, word = told.get("error"), first_told([told], _STATUS)
    why = evened(word) if isinstance(word, str) and evened(word) in _WHY else None
    if isinstance(error, str) and error:
        return error_in([{"code": error, "message": told.get("message")}], [], ["code"], ["message"])
    return error_in([told, {"code": why}], ["error"], ["code"], ["message"])


def _sample_id(_now: datetime, word: str) -> str:
    return f"gen_{word}"


def _sample_body(sample: Sample) -> dict[str, Any]:
    """A cancelled one is not documented: the word is read all the same."""
    words = {"completed": "Ready", "failed": "Error", "cancelled": "Cancelled"}
    told: dict[str, Any] = {
        "id": sample.task_id,
        "status": words[sample.ending],
        "timestamp": sample.made_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if sample.ending == "completed":
        only = sample.sources[0] if len(sample.sources) == 1 else list(sample.sources)
        return told | {"result": {"sample": only, "prompt": "fixative trigger", "seed": 7}}
    code, message = ERRORS[sample.ending]
    return told | {"error": code, "message": message}


BFL = Provider(
    name=NAME,
    title="Black Forest Labs",
    reader=read,
    read_task_id=read_task_id,
    read_order=read_order,
    read_task_url=read_task_url,
    # delivery.<region>.bfl.ai, documented as changing; of the shared storage host the one account of the documents' example.
    media_hosts=("bfl.ai", "=bfldeliveryprod.blob.core.windows.net"),
    link_life_s=600,  # documented
    wire=Wire(
        base="https://api.bfl.ai",
        version="/v1",
        submit="/v1/{model}",
        task="",  # the address that was given must be used
        key_header="x-key",
        key_scheme="",
        callback_key="webhook_url",
        secret_key="webhook_secret",  # noqa: S106 - a field's name
        given_hosts=("bfl.ai",),
    ),
    samples=Samples(
        task_id=_sample_id,
        body=_sample_body,
        request={"model": "flux-2-pro", "prompt": "fixative trigger", "aspect_ratio": "1:1"},
    ),
    images_most=1,
    statuses=_STATUSES,
    # No time is signed. One that is sent again names the same task and the same link, and changes nothing.
    verifier=Verifier(
        scheme="HMAC over the body",
        headers=(_SIGNATURE,),
        message=lambda signed: signed.body,
        signatures=prefixed_hex(_SIGNATURE, _PREFIX),
        fits=hmac_fits,
        key_of=text_key,
        sign=sign_body(_SIGNATURE, _PREFIX),
    ),
)
