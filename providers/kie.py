"""kie.ai's words: a task within `data`, its result as JSON within a string, and what was ordered beside it.

https://docs.kie.ai/market/common/get-task-detail (a callback has the same body)
https://docs.kie.ai/common-api/webhook-verification
https://docs.kie.ai/4o-image-api/generate-4-o-image-callbacks
https://docs.kie.ai/flux-kontext-api/generate-or-edit-image-callbacks
https://docs.kie.ai/1973359m0 (how long what was made is kept)

Documented: the bodies of success and of failure, and those of the older families (4o, Flux Kontext, Midjourney), which have no word
for a state, but a code around the task or a flag within it; the words for a state; the signature over task and time; the query; that
links expire after 24 hours, and files after 14 days. Captured: one answer to a query (a public dump of somebody's table), whose `param`
holds `input` as JSON within JSON. Seen in clients: that a query of no task answers 200 with the code 422 in its body, also right after
the task was made; newer names of what it cost (`creditsConsumed`). Not documented, and built on nowhere: how often a callback is tried.
`param`, `paramJson` and `promptJson` repeat the request, our callback URL with its ticket included: nothing is read of them.
`resultWaterMarkUrls`, `originImageUrl` and `originUrls` are no results.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any, NamedTuple

from archive.errors import Unreadable
from archive.reasons import Reason
from archive.records.notification import Forgiven, Notification, Status, TaskError
from archive.records.order import Order
from providers.provider import Provider
from providers.reading.body import read_body, read_object, unwrapped_object
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
    refuse_other_ids,
    status_in,
    task_id_in,
    text_in,
)
from providers.sample import ERRORS, Sample, Samples
from providers.verifying.signed_task import signed_task
from providers.wire import Wire

NAME = "kie"

# The documents' own example of a check reads `task_id`.
_ID = ["taskId", "task_id"]
# `state` of createTask's tasks, `status` of 4o's.
_STATUS = ["state", "status"]
_STATUSES = words_of({"failed": ("create_task_failed", "generate_failed")})
_FLAG = "successFlag"
_FLAGS: dict[object, Status] = {0: "unfinished", 1: "completed", 2: "failed", 3: "failed"}
# Of a task that has ended; others (401, 402, 429, 455) are of a call.
_FINE, _FAILED = "200", {"400", "408", "422", "430", "451", "500", "501", "531"}
_RESULTS = ["resultJson", "resultInfoJson", "info", "response", "resultUrls", "resultImageUrl"]
_NO_TASK = {HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY}
# Each model has names of its own; these are those of the documents.
_SIZE = ["aspect_ratio", "image_size", "size", "aspectRatio"]
_NUMBER = ["nVariants", "num_images"]
_REFERENCES = [
    "image_urls", "image_input", "input_urls", "image_url", "filesUrl", "fileUrl", "fileUrls", "inputImage",
    "reference_image_urls",
]  # fmt: skip


class _Told(NamedTuple):
    """What a body says of a task, the code around it, and what was forgiven."""

    task_id: str
    task: dict[str, Any]
    around: dict[str, Any]
    forgave: tuple[Forgiven, ...]

    @property
    def code(self) -> str:
        """How the call went, or the task, where it is a callback's."""
        return str(self.around.get("code"))


def read(body: bytes) -> Notification:
    """What a callback, or an answer to a task query, says about a task.

    Raises:
        Unreadable: with the reason why the body cannot become work.
    """
    told = _told_in(body)
    task, status = told.task, _status(told)
    return Notification(
        provider=NAME,
        task_id=told.task_id,
        status=status,
        model=text_in([task], ["model"]),
        created_at=moment_in([task], ["createTime"]),
        ended_at=moment_in([task], ["completeTime"]),
        sources=_sources(task) if status == "completed" else (),
        error=_error(told) if status in {"failed", "cancelled"} else None,
        billing=billing_in([task], ["consumeCredits", "creditsConsumed", "usage"]),
        remarks=remarks_in([task]),
        forgave=told.forgave,
    )


@or_none
def read_task_id(body: bytes) -> str | None:
    """The id of the task that a body names, whatever else is wrong with it."""
    return _told_in(body).task_id


def read_status(status: int, body: bytes) -> int:
    """The status of an answer of the task API, which says what is wrong in its body, and 200 around that."""
    try:
        told = read_object(body)
    except Unreadable:
        return status
    code: Any = told.get("code")
    refuses = type(code) is int and 400 <= code < 600 and not told.get("data")  # noqa: PLR2004 - of HTTP
    return int(code) if refuses and status == HTTPStatus.OK else status


def read_answer(_task_id: str, status: int, body: bytes) -> bytes | None:
    """The answer to a task query, which is a callback's body; None: there is no such task.

    Raises:
        Unreadable: for an answer that says nothing of the task.
    """
    if status in _NO_TASK:
        return None
    if status != HTTPStatus.OK:
        raise Unreadable(Reason.NO_STATUS, f"the answer {status} to the query")
    return body


def read_order(request: bytes) -> Order:
    """What a request to `POST /api/v1/jobs/createTask` asks for, or one of the older families, which have no `input`.

    Raises:
        Unreadable: `bad_order`, if the request holds a value of the wrong type; `not_json`, `not_an_object`.
    """
    told = read_object(request)
    inputs = told if (given := told.get("input")) in (None, "") else given
    if not isinstance(inputs, dict) or not inputs:
        raise Unreadable(Reason.BAD_ORDER, "the request: `input` is no object, or is empty")
    size = first_told([inputs], _SIZE)
    said = {
        "model": told.get("model"),
        "prompt": inputs.get("prompt"),
        "size": pixels(size.get("width"), size.get("height")) or size if isinstance(size, dict) else size,
        "resolution": first_told([inputs], ["resolution", "image_resolution"]),
        "quality": inputs.get("quality"),
        "output_format": first_told([inputs], ["output_format", "outputFormat"]),
        "n": first_of_kind(inputs, _NUMBER, int),
        "references": [link for key in _REFERENCES for link in _listed(inputs.get(key))],
        "mask": first_told([inputs], ["mask_url", "maskUrl"]),
    }
    words = ("model", "prompt", "size", "resolution", "quality", "output_format", "n")
    return order_in(said, {word: word for word in words}, references="references", mask="mask")


def _told_in(body: bytes) -> _Told:
    """The task within `data`, or the bare task. Raises Unreadable."""
    around, forgave = read_body(body)
    refuse_doubled([around], ["code", "data"])
    inner = unwrapped_object(around.get("data"))
    if inner is None or (first_told([inner.told], _ID) is None and first_told([around], _ID) is not None):
        task, objects = around, [around]
    else:
        task, objects, forgave = inner.told, [inner.told, around], (*forgave, *inner.forgave)
    task_id = task_id_in([task], _ID)
    refuse_other_ids(objects, task_id, _ID)
    return _Told(task_id, task, around, tuple(sorted(set(forgave))))


def _status(told: _Told) -> Status:
    """How the task stands: by its word, else by its flag, else by the code around it. Raises Unreadable."""
    task = told.task
    if "callbackType" in task:
        raise Unreadable(Reason.NOT_AN_IMAGE_TASK, "the task is of kind music")
    try:
        status = status_in([task], _STATUS, _STATUSES)
    except Unreadable as refusal:
        if refusal.reason is not Reason.NO_STATUS:
            raise
        by_number = _status_by_number(told)
        if by_number is None:
            raise
        status = by_number
    if status == "completed" and told.code in _FAILED:
        raise Unreadable(Reason.AMBIGUOUS, f"the state is completed, and the code {told.code}")
    return status


def _status_by_number(told: _Told) -> Status | None:
    refuse_doubled([told.task], [_FLAG])
    flag = told.task.get(_FLAG)
    if type(flag) is int and flag in _FLAGS:
        return _FLAGS[flag]
    if told.code in _FAILED:
        return "failed"
    found = links_in([told.task], _RESULTS)
    return "completed" if told.code == _FINE and (found.images or found.others) else None


def _sources(task: dict[str, Any]) -> tuple[str, ...]:
    """The links of a completed task. Raises Unreadable."""
    results = task.get("resultJson")
    inner = unwrapped_object(results)
    if isinstance(results, str) and results.lstrip()[:1] == "{" and inner is None:
        raise Unreadable(Reason.NO_SOURCES, "`resultJson` is no whole JSON")
    found = links_in([task], _RESULTS)
    if inner is not None and "resultObject" in inner.told and not (found.images or found.others):
        raise Unreadable(Reason.NOT_AN_IMAGE_TASK, "the result is text")
    return image_sources(found, [])


def _error(told: _Told) -> TaskError | None:
    """Why it failed: in the task's own fields, else by the code and the sentence around it, where those are of a failure."""
    codes, messages, objects = ["failCode", "errorCode"], ["failMsg", "errorMessage", "message"], [told.task]
    if told.code in _FAILED:
        codes, messages, objects = [*codes, "code"], [*messages, "msg"], [told.task, told.around]
    error = error_in(objects, ["error"], codes, messages)
    word = first_told([told.task], _STATUS)
    if error is None and isinstance(word, str) and (reason := why(word)):
        return TaskError(code=reason)
    return error


def _listed(value: object) -> list[Any]:
    found = value if isinstance(value, list) else [value]
    return [link for link in found if link not in (None, "")]


def _sample_id(_now: datetime, word: str) -> str:
    return (word * 4)[:32]  # 32 letters and digits, as documented


def _sample_body(sample: Sample) -> dict[str, Any]:
    """A cancelled one is not documented: the word is read all the same."""
    words = {"completed": "success", "failed": "fail", "cancelled": "cancelled"}
    made_ms = sample.made_unix_s * 1000
    task = {
        "taskId": sample.task_id,
        "model": "google/nano-banana",
        "state": words[sample.ending],
        "consumeCredits": 4 * len(sample.sources),
        "createTime": made_ms,
        "completeTime": made_ms,
    }
    if sample.ending == "completed":
        links = ",".join(f'"{source}"' for source in sample.sources)
        task["resultJson"] = f'{{"resultUrls":[{links}]}}'
        return {"code": 200, "msg": "Playground task completed successfully.", "data": task}
    task["failCode"], task["failMsg"] = ERRORS[sample.ending]
    return {"code": 501, "msg": "Playground task failed.", "data": task}


KIE = Provider(
    name=NAME,
    title="kie.ai",
    reader=read,
    read_task_id=read_task_id,
    read_order=read_order,
    read_answer=read_answer,
    read_status=read_status,
    media_hosts=("aiquickdraw.com", "kie.ai"),  # tempfile. and file. captured; the names are theirs alone
    link_life_s=24
    * 3600,  # documented for links; the files are there for 14 days, and a replay asks for them
    wire=Wire(
        base="https://api.kie.ai",
        version="/api/v1",
        submit="/api/v1/jobs/createTask",
        task="/api/v1/jobs/recordInfo?taskId={task_id}",
        callback_key="callBackUrl",
        given_hosts=("kie.ai",),  # the older families have queries of their own
    ),
    samples=Samples(
        task_id=_sample_id,
        body=_sample_body,
        request={
            "model": "google/nano-banana",
            "input": {"prompt": "fixative trigger", "aspect_ratio": "1:1", "output_format": "png"},
        },
    ),
    images_most=6,  # of the models that make several: each has its own bound
    statuses=_STATUSES,
    verifier=signed_task(
        read_task_id, time_header="x-webhook-timestamp", signature_header="x-webhook-signature"
    ),
)
