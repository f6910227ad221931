"""The words that providers use for the state of a task, and what each is in ours.

Spelling is of no account: case, hyphens and spaces are evened out before the table is asked.

Sources:
    EvoLink   pending, processing, completed, failed: https://docs.evolink.ai/en/api-manual/task-management/get-task-detail
              cancelled: the callback's text fires on it and the official command-line client waits for it
              (https://github.com/EvoLinkAI/evolink-mcp); SUCCESS: a reseller of the same tasks.
    API in One  IN_PROGRESS: https://apiin.one/zh/docs; COMPLETED, SUCCESS, FAILED, ERROR: a client's code.
    The rest  the sibling services' documents: https://docs.maxapi.io/api-reference/webhook (FAILURE, TIMEOUT),
              https://apidoc.cometapi.com/callback-url-doc-866305 (submitted, succeed),
              https://docs.kie.ai/market/common/get-task-detail (waiting, queuing, generating, success, fail).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from archive.notification import Status

_WORDS: dict[Status, tuple[str, ...]] = {
    "completed": ("completed", "complete", "succeeded", "succeed", "success", "successful", "finished", "done"),
    "failed": ("failed", "fail", "failure", "error", "errored", "timeout", "timed_out"),
    "cancelled": ("cancelled", "canceled", "cancel"),
    "unfinished": (
        "pending", "processing", "queued", "queuing", "queueing", "in_queue", "waiting", "submitted", "created",
        "accepted", "starting", "started", "running", "in_progress", "inprogress", "generating", "not_started",
    ),
}  # fmt: skip

STATUS_OF: Mapping[str, Status] = MappingProxyType(
    {word: status for status, words in _WORDS.items() for word in words}
)

# EvoLink's task query has no word for cancelled, but its error list has a code: such a failure is one.
# https://docs.evolink.ai/en/api-manual/task-management/error-codes
CANCELLED_CODES = frozenset({"request_cancelled", "request_canceled", "task_cancelled", "task_canceled"})


def status_with_error(status: Status, code: str | None) -> Status:
    """The status, where a failure whose error says that it was cancelled is a cancellation."""
    if status == "failed" and code is not None and code.strip().lower() in CANCELLED_CODES:
        return "cancelled"
    return status
