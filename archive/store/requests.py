"""What is heard of each request to S3: the time, and for whoever wants to know what came of it and how long it took.

It listens to the client's own events, so that no caller has to count, and none can forget to:
https://boto3.amazonaws.com/v1/documentation/api/latest/guide/events.html
"""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from archive.store.clock import Clock

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_VERB_OF: Final = {
    "GetObject": "get",
    "PutObject": "put",
    "HeadObject": "head",
    "DeleteObject": "delete",
    "DeleteObjects": "delete_many",
    "ListObjectsV2": "list",
}
VERBS: Final = (*_VERB_OF.values(), "other")
# `refused` is our mistake or our rights; `trouble` is the store's; `unreached`: no answer came at all.
OUTCOMES: Final = ("ok", "missing", "taken", "refused", "trouble", "unreached")
_PASSES: Final = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}

# In the context of a request: how often it was tried before its client did (archive/store/quick_road.py).
TRIED_BEFORE: Final = "fixative_tried_before"

# Verb, outcome, seconds, and how often the client tried again by itself.
Told = Callable[[str, str, float, int], object]


class Requests:
    """Hears the requests of one client: the clock learns S3's time, and `told`, if it is set, what came of each.

    `told` is called in the thread that asked.
    """

    def __init__(self, client: S3Client, clock: Clock) -> None:
        self.told: Told | None = None
        self._clock = clock
        events = client.meta.events
        events.register("before-call.s3", self._begins)
        events.register("after-call.s3", self._answered)
        events.register("after-call-error.s3", self._unanswered)

    def _begins(self, context: dict[str, Any], **_: object) -> None:
        context["fixative_began"] = time.perf_counter()

    def _answered(
        self, model: Any, context: dict[str, Any], http_response: Any, parsed: Any, **_: object
    ) -> None:
        date = http_response.headers.get("date")
        if date:
            self._clock.hear(date)
        retries = parsed.get("ResponseMetadata", {}).get("RetryAttempts", 0) + context.get(TRIED_BEFORE, 0)
        self._tell(model.name, outcome_of(http_response.status_code), context, retries)

    def _unanswered(self, context: dict[str, Any], event_name: str, **_: object) -> None:
        self._tell(event_name.rpartition(".")[2], "unreached", context, 0)

    def _tell(self, operation: str, outcome: str, context: dict[str, Any], retries: int) -> None:
        began = context.get("fixative_began")
        if self.told is not None and began is not None:
            self.told(_VERB_OF.get(operation, "other"), outcome, time.perf_counter() - began, retries)


def outcome_of(status: int) -> str:
    """What a status of S3 means here."""
    if status < HTTPStatus.BAD_REQUEST:
        return "ok"
    if status == HTTPStatus.NOT_FOUND:
        return "missing"
    if status in {HTTPStatus.PRECONDITION_FAILED, HTTPStatus.CONFLICT}:
        return "taken"
    return "trouble" if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _PASSES else "refused"
