"""WaveSpeedAI's words: the callback's body is the prediction, and an answer to a query wraps the same.

https://wavespeed.ai/docs/how-to-use-webhooks
https://wavespeed.ai/docs/docs-api/verifying_webhook
https://wavespeed.ai/docs/what-are-predictions

Documented: the bodies of success and of failure, the words for a state, the signature, the query, that a prediction and its outputs are
deleted after seven days, that a callback is tried again up to three times, that `enable_base64_output` puts base64 in place of a link.
Captured: one answer to a submission (github.com/lzell/AIProxySwift, its tests). Seen in clients: the hosts of links beside `wavespeed.ai`,
which are distributions of CloudFront, exactly these; the endings cancelled, timeout and deleted (its own Python client, 2.0.5).
Not documented: what pixels a ratio comes to; when a task ended, so that a link's life is counted from `created_at`.
Links stand in `outputs` alone: `urls` lead to the prediction, `input` holds what was sent.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from archive.errors import Unreadable
from archive.reasons import Reason
from archive.records.notification import Forgiven, Notification, TaskError
from archive.records.order import Order
from providers.provider import Provider
from providers.reading.body import read_body, read_object, unwrapped_object
from providers.reading.links import image_sources, links_in
from providers.reading.orders import first_of_kind, order_in
from providers.reading.remarks import remarks_in
from providers.reading.statuses import evened, why, words_of
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
from providers.verifying.hmac_sha256 import V3_WEBHOOKS
from providers.wire import Wire

NAME = "wavespeed"

_ID, _STATUS, _OUTPUTS = ["id"], ["status"], ["outputs"]
_DELETED = "deleted"
_STATUSES = words_of({"failed": (_DELETED,)})
_LINK = ("https://", "http://", "data:")
# What base64 of an image begins with: https://www.rfc-editor.org/rfc/rfc4648 over the magic bytes of each format.
_BASE64_BEGINS = {"iVBORw0KGgo": "png", "/9j/": "jpeg", "UklGR": "webp"}
# The smallest PNG has 67 bytes.
_BASE64_LEAST = 64
_REFERENCES = ["images", "image", "reference_images", "image_urls", "image_url"]


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
    return Notification(
        provider=NAME,
        task_id=task_id,
        status=status,
        model=text_in([told], ["model"]),
        created_at=moment_in([told], ["created_at"]),
        sources=_sources(told) if status == "completed" else (),
        error=_error(told) if status in {"failed", "cancelled"} else None,
        billing=billing_in([told], ["usage"]),
        remarks=remarks_in([told]),
        forgave=forgave,
    )


@or_none
def read_task_id(body: bytes) -> str | None:
    """The id of the prediction that a body names, whatever else is wrong with it."""
    return _prediction_in(body).task_id


def read_order(request: bytes) -> Order:
    """What a request asks for; `model` is its address, which the true request has there alone.

    Raises:
        Unreadable: `bad_order`, if the request holds a value of the wrong type; `not_json`, `not_an_object`.
    """
    told = read_object(request)
    said = {
        **told,
        "size": first_told([told], ["size", "aspect_ratio"]),
        "n": first_of_kind(told, ["num_images"], int),
        "references": [link for key in _REFERENCES for link in _listed(told.get(key))],
        "mask": first_told([told], ["mask_image", "mask"]),
    }
    words = ("model", "prompt", "size", "resolution", "quality", "output_format", "background", "n")
    return order_in(said, {word: word for word in words}, references="references", mask="mask")


def _prediction_in(body: bytes) -> _Prediction:
    """The prediction that a body is, or that an answer to a query wraps in `data`. Raises Unreadable."""
    around, forgave = read_body(body)
    refuse_doubled([around], ["data"])
    inner = unwrapped_object(around.get("data"))
    if inner is not None and first_told([around], _ID) is None and first_told([inner.told], _ID) is not None:
        told, forgave = inner.told, tuple(sorted({*forgave, *inner.forgave}))
    else:
        told, forgave = task_within(read_body(body), _ID, _STATUS)
    refuse_doubled([told], _OUTPUTS)
    return _Prediction(task_id_in([told], _ID), told, forgave)


def _sources(told: dict[str, Any]) -> tuple[str, ...]:
    """The links in `outputs`, and what stands there as base64, as `data:` URIs."""
    found = links_in([{"outputs": told.get("outputs")}], _OUTPUTS)
    images = tuple(map(_as_uri, found.images))
    if (images or found.others) and not any(map(_is_link, (*images, *found.others))):
        texts = [text for text in images if len(text.split()) > 1]
        if texts:
            raise Unreadable(Reason.NOT_AN_IMAGE_TASK, "the output is text")
    return image_sources(found._replace(images=images), [])


def _is_link(text: str) -> bool:
    return text.startswith(_LINK)


def _as_uri(text: str) -> str:
    """What is the base64 of an image by its first bytes, as a `data:` URI; any other text as it is."""
    for begin, kind in _BASE64_BEGINS.items():
        if text.startswith(begin) and len(text) >= _BASE64_LEAST:
            return f"data:image/{kind};base64,{text}"
    return text


def _error(told: dict[str, Any]) -> TaskError | None:
    """Why it failed: `error` in a sentence; else the word for the state says it."""
    error, word = (
        error_in([told], ["error"], ["code", "error_code"], ["message"]),
        first_told([told], _STATUS),
    )
    if error is None and isinstance(word, str):
        reason = _DELETED if evened(word) == _DELETED else why(word)
        return TaskError(code=reason) if reason else None
    return error


def _listed(value: object) -> list[Any]:
    found = value if isinstance(value, list) else [value]
    return [link for link in found if link not in (None, "")]


def _sample_id(_now: datetime, word: str) -> str:
    return (word * 4)[:32]  # 32 letters and digits, as captured


def _sample_body(sample: Sample) -> dict[str, Any]:
    """A cancelled one is not documented: the word is read all the same."""
    return {
        "id": sample.task_id,
        "model": "wavespeed-ai/flux-dev",
        "input": {"prompt": "fixative trigger"},
        "outputs": list(sample.sources),
        "urls": {"get": f"https://api.wavespeed.ai/api/v3/predictions/{sample.task_id}/result"},
        "has_nsfw_contents": [False] * len(sample.sources),
        "status": sample.ending,
        "created_at": sample.made_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "error": "" if sample.ending == "completed" else ERRORS[sample.ending][1],
    }


WAVESPEED = Provider(
    name=NAME,
    title="WaveSpeedAI",
    reader=read,
    read_task_id=read_task_id,
    read_order=read_order,
    # Of the shared CDN the exact distributions that its own repository and clients of this year name.
    media_hosts=(
        "wavespeed.ai",
        "=d2h7xmz5gqybh9.cloudfront.net",
        "=d2p7pge43lyniu.cloudfront.net",
        "=d1q70pf5vjeyhc.cloudfront.net",
    ),
    link_life_s=7 * 24 * 3600,  # documented, of predictions and of their outputs
    wire=Wire(
        base="https://api.wavespeed.ai",
        version="/api/v3",
        submit="/api/v3/{model}",
        task="/api/v3/predictions/{task_id}/result",
        callback_query="webhook",
    ),
    samples=Samples(
        task_id=_sample_id,
        body=_sample_body,
        request={"model": "wavespeed-ai/flux-dev", "prompt": "fixative trigger", "size": "1024*1024"},
    ),
    images_most=9,  # of the models that make several: each has its own bound
    statuses=_STATUSES,
    own_sizes=True,
    verifier=V3_WEBHOOKS,
)
