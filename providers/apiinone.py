"""API in One's words, as far as they are known: the callback is undocumented, so the reader is tolerant.

https://apiin.one/zh/docs documents the request, the answer to it and the address of the task query:

    {"code": 200, "message": "success", "data": {"task_id": "n41xxxx_flux2", "status": "IN_PROGRESS"}}

All else is read in the shapes of one client's code and of sibling services: `data` around the task or
not, words in any case, links under many names. It is marked experimental for that reason; a body that
it does not read is kept whole, and is replayed once the reader knows it.
"""

from __future__ import annotations

from msgspec.structs import replace

from archive.errors import Unreadable
from archive.notification import Notification
from archive.order import Order
from providers.body import read_object
from providers.links import image_sources, links_in, refuse_other_kinds
from providers.orders import order_in
from providers.provider import Provider
from providers.statuses import STATUS_OF, status_with_error
from providers.told import Objects, billing_in, error_in, moment_in, status_in, task_id_in, text_in

NAME = "apiinone"

_ID = ["task_id", "taskId", "id"]
_STATUS = ["status", "task_status", "taskStatus", "state"]
_MODEL = ["model", "model_id", "modelId"]
_CREATED = ["created_at", "createdAt", "created", "create_time", "createTime"]
_ERROR = ["error"]
_CODES = ["error_code", "errorCode", "fail_code", "failCode", "code"]
_MESSAGES = [
    "error_message", "errorMessage", "fail_msg", "failMsg", "fail_reason", "task_status_msg", "message", "msg",
]  # fmt: skip
_FINE = {"200", "0"}  # as a number or, at a sibling, as a string
_BILLING = ["usage", "billing", "consumed_credits", "consumeCredits", "credits"]
_RESULTS = [
    "response", "results", "result_data", "result", "task_result", "resultUrls", "result_urls", "resultJson", "info",
    "images", "image_url", "output", "outputs", "result_url", "output_url", "file_url", "url", "urls",
    "video_url", "audio_url",
]  # fmt: skip

# Our word -> API in One's. `input_urls` goes beside these; `callback_url` is not recorded.
_ORDER = {
    "model": "model", "prompt": "prompt", "size": "aspect_ratio", "resolution": "resolution", "quality": "quality",
}  # fmt: skip


def read(body: bytes) -> Notification:
    """What a callback, or an answer to a task query, says about a task.

    Raises:
        Unreadable: with the reason why the body cannot become work.
    """
    objects = _objects_in(body)
    task_id = task_id_in(objects, _ID)
    status = status_in(objects, _STATUS, STATUS_OF)
    error = None
    if status in {"failed", "cancelled"}:
        error = error_in(objects, _ERROR, _CODES, _MESSAGES)
        status = status_with_error(status, error.code if error else None)
    return Notification(
        provider=NAME,
        task_id=task_id,
        status=status,
        model=text_in(objects, _MODEL),
        created_at=moment_in(objects, _CREATED),
        sources=_sources(objects, status),
        error=error,
        billing=billing_in(objects, _BILLING),
    )


def read_task_id(body: bytes) -> str | None:
    """The id of the task that a body names, whatever else is wrong with it."""
    try:
        return task_id_in(_objects_in(body), _ID)
    except Unreadable:
        return None


def read_order(request: bytes) -> Order:
    """What a request to `POST /images/generations` asks for; it always makes one image.

    Raises:
        Unreadable: `bad_order`, if the request holds a value of the wrong type; `not_json`, `not_an_object`.
    """
    return replace(order_in(read_object(request), _ORDER, references="input_urls", mask=None), n=1)


def _objects_in(body: bytes) -> Objects:
    """The task within `data` before what stands around it, or the bare task."""
    told = read_object(body)
    if str(told.get("code")) in _FINE:
        # That the call went well is not why the task failed.
        told = {key: value for key, value in told.items() if key not in {"code", "message", "msg"}}
    inner = told.get("data")
    return [inner, told] if isinstance(inner, dict) else [told]


def _sources(objects: Objects, status: str) -> tuple[str, ...]:
    kinds = [told.get(key) for told in _with_results(objects) for key in ("type", "object")]
    if status == "completed":
        return image_sources(links_in(objects, _RESULTS), kinds)
    if status != "unfinished":  # those are dropped, of whatever kind
        refuse_other_kinds(kinds)
    return ()


def _with_results(objects: Objects) -> Objects:
    """The objects and the `result` within each: at a sibling it is the result that names its kind."""
    return [*objects, *(told["result"] for told in objects if isinstance(told.get("result"), dict))]


APIINONE = Provider(
    name=NAME,
    title="API in One",
    reader=read,
    read_task_id=read_task_id,
    read_order=read_order,
    media_hosts=("apiin.one",),  # where its images stand is not documented: the likeliest, until one is seen
    link_life_s=24 * 3600,  # not documented either: as short as EvoLink's
    api_base="https://apiin.one",
    submit_path="/api/v1/images/generations",
    tasks_path="/api/v1/tasks",
    defaults=Order(size="1:1", quality="medium", n=1),
    experimental=True,
)
