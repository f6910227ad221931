"""What a task API answers beside single tasks."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import Unreadable
from providers.apiinone import APIINONE
from providers.evolink import EVOLINK
from providers.reading.task_answers import ListedTask

TASK = "task-unified-1756817821-4x3rx6ny"


def test_the_tasks_of_a_batch_stand_under_their_ids_as_if_asked_alone() -> None:
    task = {"id": TASK, "status": "completed", "results": ["https://files.evolink.ai/a.png"]}
    answer = json.dumps({"data": [task, {"status": "failed"}, 7, {"id": "../x"}]}).encode()
    bodies = EVOLINK.tasks_in(answer)

    assert [TASK] == list(bodies)
    assert ("completed", ("https://files.evolink.ai/a.png",)) == (
        EVOLINK.read(bodies[TASK]).status,
        EVOLINK.read(bodies[TASK]).sources,
    )


def test_a_line_of_the_list_tells_id_status_time_and_kind() -> None:
    lines = [
        {"id": TASK, "status": "completed", "created_at": 1756817821, "type": "image"},
        {"id": TASK + "x", "status": "melted"},
        {"status": "completed"},
    ]

    assert [
        ListedTask(TASK, "completed", datetime.fromtimestamp(1756817821, UTC), "image"),
        ListedTask(TASK + "x", None, None, None),
    ] == EVOLINK.listed_in(json.dumps({"data": lines, "total": 3}).encode())


@pytest.mark.parametrize("answer", [b"", b"[]", b"{}", b'{"data":{}}', b'{"data":null}', b"<html>"])
def test_what_is_no_list_is_unreadable(answer: bytes) -> None:
    with pytest.raises(Unreadable):
        EVOLINK.tasks_in(answer)
    with pytest.raises(Unreadable):
        EVOLINK.listed_in(answer)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"error":{"code":"task_not_found","message":"no\\nsuch task"}}', "task_not_found: no such task"),
        (b'{"error":{"code":401,"message":"Invalid key"}}', "401: Invalid key"),
        (b'{"code":400,"message":"bad","error":{"message":"bad prompt"}}', "400: bad prompt"),
        (b'{"error":"busy"}', "unknown: busy"),
        (b"{}", ""),
        (b"<html>502</html>", ""),
    ],
)
def test_a_refusal_is_told_in_one_line(body: bytes, told: str) -> None:
    assert told == APIINONE.refusal_in(body)


@given(st.binary(max_size=200))
def test_a_refusal_never_fails_and_is_never_long(body: bytes) -> None:
    assert len(EVOLINK.refusal_in(b'{"error":{"message":"' + body.hex().encode() + b'"}}')) <= 200
    EVOLINK.refusal_in(body)


@pytest.mark.parametrize(
    "base", ["https://api.evolink.ai", "https://api.evolink.ai/", "https://api.evolink.ai/v1"]
)
def test_a_base_is_taken_with_the_version_or_without(base: str) -> None:
    assert "https://api.evolink.ai/v1/tasks?page=2&page_size=100" == EVOLINK.wire.url(
        EVOLINK.wire.page_address(2), base
    )
