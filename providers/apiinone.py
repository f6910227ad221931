"""API in One's words, as far as they are known: the callback is undocumented, so the reader is tolerant.

https://apiin.one/zh/docs documents the request, the answer to it and the address of the task query:

    {"code": 200, "message": "success", "data": {"task_id": "n41xxxx_flux2", "status": "IN_PROGRESS"}}

All else is read in the shapes of one client's code and of sibling services: `data` around the task or
not, words in any case, links under many names. It is marked experimental for that reason; a body that
it does not read is kept whole, and is replayed once the reader knows it.

Where its words come from, beside its own IN_PROGRESS and a client's COMPLETED, SUCCESS, FAILED and ERROR:
    https://docs.maxapi.io/api-reference/webhook                    FAILURE, TIMEOUT
    https://apidoc.cometapi.com/callback-url-doc-866305             submitted, succeed
    https://docs.kie.ai/market/common/get-task-detail               waiting, queuing, generating, success, fail
    https://github.com/QuantumNous/new-api (constant/task.go)       NOT_START, SUBMITTED, QUEUED, FAILURE
    https://docs.crazyrouter.com/reference/callback                 NOT_START, MODAL; `imageUrl`, `failReason`
    https://docs.kie.ai/4o-image-api/generate-4-o-image-callbacks   no word: `code` tells how it ended
    https://docs.kie.ai/4o-image-api/get-4-o-image-details          CREATE_TASK_FAILED, GENERATE_FAILED
    https://docs.fluxapi.ai/flux-kontext-api/get-image-details      no word: `successFlag` tells how it stands
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NamedTuple

from msgspec.structs import replace

from archive.errors import Unreadable
from archive.reasons import Reason
from archive.records.notification import Forgiven, Notification, Status, TaskError
from archive.records.order import Order
from providers.provider import Provider
from providers.reading.body import BodyRead, json_kind, read_body, read_object, unwrapped_object
from providers.reading.json_text import without
from providers.reading.links import image_sources, links_in, refuse_other_kinds, stands_in, without_id
from providers.reading.orders import order_in
from providers.reading.remarks import remarks_in
from providers.reading.statuses import status_with_error, why, words_of
from providers.reading.told import (
    Objects,
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

NAME = "apiinone"

_TASK_ID = ["task_id", "taskId"]
_ID = [*_TASK_ID, "id"]
_ID_FORM = re.compile(r"\An\d[A-Za-z0-9]*_[A-Za-z0-9._-]+")
_STATUS = ["status", "task_status", "taskStatus", "state"]
_STATUSES = words_of(
    {
        "unfinished": ("not_start", "modal"),
        "failed": ("create_task_failed", "generate_failed"),
    }
)
_MODEL = ["model", "model_id", "modelId"]
_CREATED = ["created_at", "createdAt", "created", "create_time", "createTime"]
_ERROR = ["error"]
_CODES = ["error_code", "errorCode", "fail_code", "failCode", "code"]
_MESSAGES = [
    "error_message", "errorMessage", "error_msg", "errorMsg", "fail_msg", "failMsg", "fail_reason", "failReason",
    "task_status_msg", "message", "msg",
]  # fmt: skip
_FINE = {"200", "0", "success"}  # as a number or, at siblings, as a string
# At kie.ai a task without a word for its state has ended, and `code` tells how.
_FAILED_CODES = {"400", "408", "422", "451", "500", "501", "531"}
# Where its links stand then; elsewhere they might be of what was sent.
_CODED_RESULTS = ["info", "resultUrls", "resultJson", "resultInfoJson", "resultImageUrl"]
# And where a number in place of a word does.
_FLAG = ["successFlag", "success_flag"]
_FLAGS: dict[object, Status] = {0: "unfinished", 1: "completed", 2: "failed", 3: "failed"}
_BILLING = ["usage", "billing", "consumed_credits", "consumeCredits", "credits"]
# Spelling is of no account: `imageUrl` is `image_url`. `input_urls` are what was sent.
_RESULTS = [
    "response", "results", "result_data", "result", "task_result", "result_urls", "result_json", "result_info_json",
    "info", "images", "image_url", "result_image_url", "result_image_urls", "result_images", "output_image",
    "output_images", "output_image_url", "output_image_urls", "img_url", "output", "outputs", "result_url", "output_url", "output_urls", "file_url", "file_urls", "url", "urls",
    "video_url", "audio_url",
]  # fmt: skip
# Where siblings put what was sent as well: believed only where none of the keys above stands.
_ELSE_RESULTS = ["image_urls", "img_urls", "image_list", "image", "data"]

# Our word -> API in One's. `input_urls` goes beside these; `callback_url` is not recorded.
_ORDER = {
    "model": "model", "prompt": "prompt", "size": "aspect_ratio", "resolution": "resolution", "quality": "quality",
}  # fmt: skip


class _Told(NamedTuple):
    """What a body tells: the task before what stands around it, its code, and what was forgiven."""

    objects: Objects
    code: str
    forgave: tuple[Forgiven, ...]


class _Ending(NamedTuple):
    """How a task stands, and what was forgiven to know it."""

    status: Status
    forgave: tuple[Forgiven, ...] = ()


def read(body: bytes) -> Notification:
    """What a callback, or an answer to a task query, says about a task.

    Raises:
        Unreadable: with the reason why the body cannot become work.
    """
    told = _told_in(body)
    objects = told.objects
    task_id = _task_id(objects)
    ending = _ending(told)
    status, error = ending.status, None
    if status in {"failed", "cancelled"}:
        error = error_in(objects, _ERROR, _CODES, _MESSAGES)
        status = status_with_error(status, error.code if error else None)
        word = first_told(objects, _STATUS)
        if error is None and isinstance(word, str) and (reason := why(word)):
            error = TaskError(code=reason)
    return Notification(
        provider=NAME,
        task_id=task_id,
        status=status,
        model=text_in(objects, _MODEL),
        created_at=moment_in(objects, _CREATED),
        sources=_sources(objects, status, task_id),
        error=error,
        billing=billing_in(objects, _BILLING),
        remarks=remarks_in(objects),
        forgave=tuple(sorted({*told.forgave, *ending.forgave})),
    )


@or_none
def read_task_id(body: bytes) -> str | None:
    """The id of the task that a body names, whatever else is wrong with it."""
    return _task_id(_told_in(body).objects)


def read_order(request: bytes) -> Order:
    """What a request to `POST /images/generations` asks for; it always makes one image.

    Raises:
        Unreadable: `bad_order`, if the request holds a value of the wrong type; `not_json`, `not_an_object`.
    """
    return replace(order_in(read_object(request), _ORDER, references="input_urls", mask=None), n=1)


def _told_in(body: bytes) -> _Told:
    """The task within `data` or another wrapper before what stands around it, or the bare task."""
    told, forgave = read_body(body)
    refuse_doubled([told], ["code", "data"])
    code = str(told.get("code"))
    if code in _FINE:
        # That the call went well is not why the task failed.
        told = without(told, ("code", "message", "msg"))
    data = told.get("data")
    inner = unwrapped_object(data)
    if inner is None and isinstance(data, list) and sum(map(_is_task, data)) > 1:
        raise Unreadable(Reason.AMBIGUOUS, f"`data` is {json_kind(data)} tasks")
    objects = [told] if inner is None else [inner.told, told]
    within = task_within(BodyRead(objects[0], inner.forgave if inner else ()), _ID, _STATUS)
    if within.told is not objects[0]:
        objects.insert(0, within.told)
    return _Told(objects, code, tuple(sorted({*forgave, *within.forgave})))


def _is_task(value: object) -> bool:
    return isinstance(value, dict) and first_told([value], _ID) is not None


def _task_id(objects: Objects) -> str:
    task_id = task_id_in(objects, _ID)
    refuse_other_ids(objects, task_id, _TASK_ID)
    # An `id` beside it may be of a row or of an event.
    refuse_other_ids(objects, task_id, ["id"], _ID_FORM)
    return task_id


def _ending(told: _Told) -> _Ending:
    """How the task stands, by its word or by the code around it. Raises Unreadable."""
    try:
        status = status_in(told.objects, _STATUS, _STATUSES)
    except Unreadable as refusal:
        if refusal.reason is not Reason.NO_STATUS or first_told(told.objects[:1], _TASK_ID) is None:
            raise
        if (flagged := _flagged(told.objects)) is not None:
            return _Ending(flagged, ("status_by_code",))
        if told.code in _FAILED_CODES:
            return _Ending("failed", ("status_by_code",))
        if told.code in _FINE and links_in(told.objects[:1], _CODED_RESULTS).images:
            return _Ending("completed", ("status_by_code",))
        raise
    if status == "completed" and told.code in _FAILED_CODES:
        raise Unreadable(Reason.AMBIGUOUS, f"the status is completed, and the code {told.code}")
    return _Ending(status)


def _flagged(objects: Objects) -> Status | None:
    """How the task stands by its number. Raises Unreadable."""
    refuse_doubled(objects, _FLAG)
    flag = first_told(objects[:1], _FLAG)
    return None if isinstance(flag, bool) or not isinstance(flag, int) else _FLAGS.get(flag)


def _sources(objects: Objects, status: str, task_id: str) -> tuple[str, ...]:
    with_results = _with_results(objects)
    refuse_doubled(with_results, ["type", "object"])
    kinds = [told.get(key) for told in with_results for key in ("type", "object")]
    if status == "completed":
        doors = _RESULTS if stands_in(objects, _RESULTS) else _ELSE_RESULTS
        return image_sources(without_id(links_in(objects, doors), task_id), kinds)
    if status != "unfinished":  # those are dropped, of whatever kind
        refuse_other_kinds(kinds)
    return ()


def _with_results(objects: Objects) -> list[Any]:
    """The objects and the `result` within each: at a sibling it is the result that names its kind."""
    return [*objects, *(told["result"] for told in objects if isinstance(told.get("result"), dict))]


def _sample_id(_now: datetime, word: str) -> str:
    return f"n42{word}_gpt-image-1.5"


def _sample_body(sample: Sample) -> dict[str, Any]:
    """As its reader is tested: the callback is documented nowhere."""
    words = {"completed": "SUCCESS", "failed": "FAILED", "cancelled": "CANCELLED"}
    data = {
        "task_id": sample.task_id,
        "status": words[sample.ending],
        "model": "gpt-image-1.5",
        "response": sample.sources,
        "consumed_credits": 10 * len(sample.sources),
        "error_message": None if sample.ending == "completed" else ERRORS[sample.ending][1],
        "created_at": sample.made_unix_s,
    }
    return {"code": 200, "message": "success", "data": data}


APIINONE = Provider(
    name=NAME,
    title="API in One",
    reader=read,
    read_task_id=read_task_id,
    read_order=read_order,
    media_hosts=("apiin.one",),  # where its images stand is not documented: the likeliest, until one is seen
    link_life_s=24 * 3600,  # not documented either: as short as EvoLink's
    wire=Wire(
        base="https://apiin.one/api/v1",
        version="/api/v1",
        submit="/api/v1/images/generations",
        task="/api/v1/tasks/{task_id}",
    ),
    samples=Samples(
        task_id=_sample_id,
        body=_sample_body,
        request={"model": "gpt-image-1.5", "prompt": "fixative trigger", "aspect_ratio": "1:1"},
    ),
    images_most=1,
    statuses=_STATUSES,
    defaults=Order(size="1:1", quality="medium", n=1),
    kept_header="x-oneapi-request-id",  # that of the gateways of its kind
    experimental=True,
)
