"""The words that providers use for the state of a task, and what each is in ours.

Spelling is of no account: case, hyphens and spaces are evened out before a table is asked. Here stand the words that
say of themselves what they mean; what is one provider's own stands in its file (`words_of`).

Sources:
    EvoLink   pending, processing, completed, failed: https://docs.evolink.ai/en/api-manual/task-management/get-task-detail
              cancelled: the callback's text fires on it and the official command-line client waits for it
              (https://github.com/EvoLinkAI/evolink-mcp); SUCCESS: a reseller of the same tasks.
    The rest  synonyms of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from archive.records.notification import Status

_WORDS: dict[Status, tuple[str, ...]] = {
    "completed": ("completed", "complete", "succeeded", "success", "successful", "finished", "done", "succeed", "finish"),
    "failed": (
        "failed", "fail", "failure", "error", "errored", "timeout", "timed_out", "expired", "rejected", "aborted",
        "terminated", "killed",
    ),
    "cancelled": ("cancelled", "canceled", "cancel"),
    "unfinished": (
        "pending", "processing", "queued", "in_queue", "waiting", "submitted", "created", "accepted", "starting",
        "started", "running", "in_progress", "inprogress", "not_started", "init", "initializing", "initialized",
        "preparing", "scheduled", "executing", "retrying", "queuing", "queueing", "generating", "rendering", "active",
        "paused", "in_process", "inqueue",
    ),
}  # fmt: skip

# Words for a failure that say why it was one: the error's code, where the provider tells no other.
_WHY: Mapping[str, str] = {
    "timeout": "timeout", "timed_out": "timeout", "expired": "expired", "rejected": "rejected", "aborted": "aborted",
    "terminated": "terminated", "killed": "killed",
}  # fmt: skip

# EvoLink's task query has no word for cancelled, but its error list has a code: such a failure is one.
# https://docs.evolink.ai/en/api-manual/task-management/error-codes
CANCELLED_CODES = frozenset({"request_cancelled", "request_canceled", "task_cancelled", "task_canceled"})


def words_of(own: Mapping[Status, tuple[str, ...]]) -> Mapping[str, Status]:
    """The table of a provider: the words above, and its own."""
    tables = (_WORDS, own)
    return MappingProxyType(
        {word: status for table in tables for status, words in table.items() for word in words}
    )


def evened(word: str) -> str:
    """A word as it stands in a table."""
    return word.strip().lower().replace("-", "_").replace(" ", "_")


def why(word: str) -> str | None:
    """Why a task failed, where the word for its failure says more than that."""
    return _WHY.get(evened(word))


def status_with_error(status: Status, code: str | None) -> Status:
    """The status, where a failure whose error says that it was cancelled is a cancellation."""
    if status == "failed" and code is not None and code.strip().lower() in CANCELLED_CODES:
        return "cancelled"
    return status
