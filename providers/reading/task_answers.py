"""What a task API answers, apart from single tasks: many tasks at the same time, the list of tasks, a refusal. Pure.

The batch and the list stand in no document; the official client reads them so:
https://github.com/EvoLinkAI/evolink-mcp (packages/core/src/tools/list-tasks.ts). A refusal's body:
https://docs.evolink.ai/en/api-manual/task-management/get-task-detail
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from archive.errors import Unreadable
from archive.reasons import Reason
from archive.records.notification import Status
from providers.reading.body import json_kind, read_object
from providers.reading.told import error_in, moment_in, status_in, task_id_in, text_in

_ID = ["id", "task_id", "taskId"]
_LONGEST_REFUSAL = 200  # characters of a stranger's text in one line of ours


class ListedTask(NamedTuple):
    """One line of a task list; what a line does not tell is None."""

    task_id: str
    status: Status | None
    created_at: datetime | None
    kind: str | None  # image, video, audio, text


def tasks_in(body: bytes, read_task_id: Callable[[bytes], str | None]) -> Mapping[str, bytes]:
    """The bodies of the tasks in the answer to a batch, by id; each is as the answer for it alone.

    Raises:
        Unreadable: if the answer is none of a batch.
    """
    bodies = [msgspec.json.encode(task) for task in _lines_in(body)]
    return {task_id: task for task in bodies if (task_id := read_task_id(task)) is not None}


def listed_in(body: bytes, words: Mapping[str, Status]) -> list[ListedTask]:
    """The tasks on a page of the list, in its order; lines without an id are passed over. `words` are statuses.

    Raises:
        Unreadable: if the answer is no page of a list.
    """
    return [listed for line in _lines_in(body) if (listed := _listed(line, words)) is not None]


def refusal_in(body: bytes) -> str:
    """Why a request was refused, by the body of the answer: code and message, or nothing."""
    try:
        told = read_object(body)
    except Unreadable:
        return ""
    error = error_in([told], ["error"], ["code"], ["message", "msg"])
    if error is None:
        return ""
    text = f"{error.code}: {error.message}" if error.message else error.code
    return " ".join(text.split())[:_LONGEST_REFUSAL]


def _lines_in(body: bytes) -> list[Any]:
    lines = read_object(body).get("data")
    if not isinstance(lines, list):
        raise Unreadable(Reason.UNREADABLE, f"`data` is {json_kind(lines)}, not an array of tasks")
    return [line for line in lines if isinstance(line, dict)]


def _listed(line: Mapping[str, Any], words: Mapping[str, Status]) -> ListedTask | None:
    try:
        task_id = task_id_in([line], _ID)
    except Unreadable:
        return None
    try:
        status: Status | None = status_in([line], ["status"], words)
    except Unreadable:
        status = None
    return ListedTask(
        task_id, status, moment_in([line], ["created_at", "created"]), text_in([line], ["type"])
    )
