"""Replicate's words: the callback's body is the prediction, as `GET /v1/predictions/{id}` answers it.

https://replicate.com/docs/topics/webhooks/receive-webhook
https://replicate.com/docs/topics/webhooks/verify-webhook
https://replicate.com/docs/topics/predictions/data-retention

Documented: the words for a state, the signature, the query, that all of a prediction goes an hour after it. Captured: one whole
callback (github.com/JessYan0913/turan, README.md). Not documented, and built on nowhere: what `output` holds beyond links (each
model has its own shape), and what `data_removed` means for one that is asked for.
Links stand in `output` alone: `urls` lead to the prediction, `input` holds what was sent, `webhook` is our own callback URL.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from archive.errors import Unreadable
from archive.reasons import Reason
from archive.records.notification import Forgiven, Notification, TaskError, bare_link
from archive.records.order import Order
from providers.provider import Provider
from providers.reading.body import read_body, read_object
from providers.reading.links import image_sources, links_in
from providers.reading.orders import first_of_kind, order_in, pixels
from providers.reading.remarks import remarks_in
from providers.reading.statuses import why, words_of
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

NAME = "replicate"

_ID, _STATUS, _OUTPUT = ["id"], ["status"], ["output"]
# starting, processing, succeeded, failed, canceled and aborted: https://replicate.com/docs/topics/predictions/lifecycle
_STATUSES = words_of({})
_DEEPEST = 8
# Names of inputs differ from model to model; these are common among those that make images.
_PROMPT, _SIZE, _FORMAT = ("prompt",), ("aspect_ratio", "size"), ("output_format",)
_NUMBER = ("num_outputs", "number_of_images", "num_images")
_REFERENCES = (
    "image", "images", "input_image", "input_images", "image_input", "image_prompt", "reference_images",
)  # fmt: skip


class _Prediction(NamedTuple):
    """What a body says of a prediction, and what was forgiven."""

    task_id: str
    told: dict[str, Any]
    forgave: tuple[Forgiven, ...]


def read(body: bytes) -> Notification:
    """What a callback, or an answer to a task query, says about a task.

    Raises:
        Unreadable: with the reason why the body cannot become work.
    """
    task_id, told, forgave = _prediction_in(body)
    status = status_in([told], _STATUS, _STATUSES)
    error = error_in([told], ["error"], ["code"], ["message", "detail"]) if status == "failed" else None
    if status == "failed" and error is None and (reason := why(first_told([told], _STATUS))):
        error = TaskError(code=reason)
    return Notification(
        provider=NAME,
        task_id=task_id,
        status=status,
        model=text_in([told], ["model"]),
        created_at=moment_in([told], ["created_at"]),
        ended_at=moment_in([told], ["completed_at"]),
        sources=_sources(told) if status == "completed" else (),
        error=error,
        billing=billing_in([told], ["metrics", "usage"]),
        remarks=remarks_in([told]),
        forgave=forgave,
    )


@or_none
def read_task_id(body: bytes) -> str | None:
    """The id of the prediction that a body names, whatever else is wrong with it."""
    return _prediction_in(body).task_id


def read_order(request: bytes) -> Order:
    """What a request to `POST /v1/predictions` asks for; the version is the model, since it names no other.

    Raises:
        Unreadable: `bad_order`, `not_json`, `not_an_object`.
    """
    told = read_object(request)
    inputs = told.get("input") or {} if told.get("input") != {} else None
    if not isinstance(inputs, dict):
        raise Unreadable(Reason.BAD_ORDER, "the request: `input` is no object, or is empty")
    model = first_told([told], ["version", "model"])
    said = {
        "model": _short(model) if isinstance(model, str) else model,
        "prompt": first_of_kind(inputs, _PROMPT, str),
        "size": first_of_kind(inputs, _SIZE, str)
        or pixels(inputs.get("width") or None, inputs.get("height") or None),
        "output_format": first_of_kind(inputs, _FORMAT, str),
        "n": first_of_kind(inputs, _NUMBER, int),
        "references": [link for key in _REFERENCES for link in _strings(inputs.get(key), _DEEPEST)],
    }
    words = ("model", "prompt", "size", "output_format", "n")
    return order_in(said, {word: word for word in words}, references="references", mask=None)


def _prediction_in(body: bytes) -> _Prediction:
    """The prediction that a body is, or is wrapped around. Raises Unreadable."""
    told, forgave = task_within(read_body(body), _ID, _STATUS)
    refuse_doubled([told], _OUTPUT)
    return _Prediction(task_id_in([told], _ID), told, forgave)


def _sources(told: dict[str, Any]) -> tuple[str, ...]:
    """The links in `output`: a string, a list or an object of any depth, whatever its keys are."""
    texts = list(_strings(told.get("output"), _DEEPEST))
    links = [text for text in texts if text[:8].lower().startswith(("https://", "http://", "data:"))]
    if not links and (len(texts) > 1 or any(" " in text.strip() for text in texts)):
        raise Unreadable(Reason.NOT_AN_IMAGE_TASK, "the output is text")
    links = links or texts  # a word that is no link is refused by the gate, by its name
    if not links and told.get("data_removed") is True:
        raise Unreadable(Reason.NO_SOURCES, "Replicate has removed the output, as it does after an hour")
    return image_sources(links_in([{"output": links}], _OUTPUT), [told.get("type"), told.get("object")])


def _strings(value: object, depth: int) -> Iterator[str]:
    """Every text in a value that is not empty, depth first."""
    match value:
        case str() if value:
            yield bare_link(value) or value
        case list() if depth:
            for item in value:
                yield from _strings(item, depth - 1)
        case dict() if depth:
            refuse_doubled([value], list(value))
            for item in value.values():
                yield from _strings(item, depth - 1)


def _short(model: str) -> str:
    """A model's name without its version, or a version's beginning: a model's word has 64 characters."""
    return model.partition(":")[0][:64]


def _sample_id(_now: datetime, word: str) -> str:
    return f"{word}{word[::-1]}{word}"[:26].ljust(26, "0")  # 26 letters and digits, as captured


def _sample_body(sample: Sample) -> dict[str, Any]:
    words = {"completed": "succeeded", "failed": "failed", "cancelled": "canceled"}
    made = sample.made_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    only = sample.sources[0] if len(sample.sources) == 1 else list(sample.sources)
    return {
        "id": sample.task_id,
        "status": words[sample.ending],
        "model": "black-forest-labs/flux-schnell",
        "version": "hidden",
        "created_at": made,
        "started_at": made,
        "completed_at": made,
        "data_removed": False,
        "error": ERRORS["failed"][1] if sample.ending == "failed" else None,
        "input": {"prompt": "fixative trigger"},
        "logs": "",
        "metrics": {"image_count": len(sample.sources), "predict_time": 1.5},
        "output": only if sample.ending == "completed" else None,
        "urls": {"get": f"https://api.replicate.com/v1/predictions/{sample.task_id}"},
    }


REPLICATE = Provider(
    name=NAME,
    title="Replicate",
    reader=read,
    read_task_id=read_task_id,
    read_order=read_order,
    media_hosts=("replicate.delivery",),  # captured; documented as theirs
    link_life_s=3600,  # documented: an hour after the prediction, whatever is in it
    wire=Wire(
        base="https://api.replicate.com",
        version="/v1",
        submit="/v1/predictions",
        task="/v1/predictions/{task_id}",
        callback_key="webhook",
    ),
    samples=Samples(
        task_id=_sample_id,
        body=_sample_body,
        request={
            "version": "black-forest-labs/flux-schnell",
            "input": {"prompt": "fixative trigger", "aspect_ratio": "1:1"},
        },
    ),
    images_most=4,  # of the models that make several: each has its own bound
    statuses=_STATUSES,
    verifier=STANDARD_WEBHOOKS,  # https://replicate.com/docs/topics/webhooks/verify-webhook
)
