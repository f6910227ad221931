"""What a task query answers where that is no callback's body, and where a provider says that a task is asked for."""

from __future__ import annotations

import json

import pytest

from archive.errors import Unreadable
from providers.fal import read_answer, read_task_url
from providers.kie import read_answer as read_answer_of_kie
from providers.kie import read_status
from providers.registry import PROVIDERS

FAL = PROVIDERS["fal"]
IMAGE = {"url": "https://v3.fal.media/files/a.png", "content_type": "image/png"}


@pytest.mark.parametrize(
    ("status", "answer", "read"),
    [
        (200, {"images": [IMAGE], "seed": 2**63 + 1}, ("completed", "")),
        (202, {"status": "IN_PROGRESS"}, ("unfinished", "")),
        (400, {"detail": "Request is still in progress"}, ("unfinished", "")),
        (422, {"detail": [{"msg": "no", "type": "content_policy_violation"}]}, ("failed", "content_policy_violation")),
        (400, {"detail": "Bad request"}, ("failed", "unknown")),
    ],
)  # fmt: skip
def test_an_answer_of_the_queue_reads_as_a_callback(
    status: int, answer: object, read: tuple[str, str]
) -> None:
    body = read_answer("request-1", status, json.dumps(answer).encode())
    assert body is not None
    told = FAL.read(body)
    assert (told.task_id, told.status, told.error.code if told.error else "") == ("request-1", *read)


def test_what_is_gone_is_no_task() -> None:
    assert read_answer("request-1", 404, b"") is None


@pytest.mark.parametrize(("status", "answer"), [(200, b"<html>"), (302, b"{}"), (418, b"[]"), (400, b"null")])
def test_an_answer_that_says_nothing_is_refused(status: int, answer: bytes) -> None:
    with pytest.raises(Unreadable):
        read_answer("request-1", status, answer)


def test_the_address_of_a_task_is_taken_as_it_was_given() -> None:
    here = "https://queue.fal.run/fal-ai/flux/requests/764cabcf"
    assert read_task_url(json.dumps({"request_id": "764cabcf", "response_url": here}).encode()) == here
    assert read_task_url(b'{"request_id": "764cabcf"}') is None
    assert FAL.wire.is_given(here)
    assert not FAL.wire.is_given("https://queue.fal.run.example/x")
    regional = "https://api.eu1.bfl.ai/v1/get_result?id=gen_1"
    assert PROVIDERS["bfl"].read_task_url is not None
    assert (
        PROVIDERS["bfl"].read_task_url(json.dumps({"id": "gen_1", "polling_url": regional}).encode())
        == regional
    )
    assert PROVIDERS["bfl"].wire.is_given(regional)


@pytest.mark.parametrize(
    ("status", "answer", "told"),
    [
        (200, {"code": 422, "msg": "recordInfo is null", "data": None}, 422),
        (200, {"code": 401, "msg": "You do not have access permissions"}, 401),
        (200, {"code": 500, "msg": "Server Error", "data": {}}, 500),
        (200, {"code": 501, "data": {"taskId": "task12345", "state": "fail"}}, 200),
        (200, {"code": 200, "data": {"taskId": "task12345"}}, 200),
        (200, {"code": 7, "data": None}, 200),
        (200, {"code": True, "data": None}, 200),
        (200, {"code": "422", "data": None}, 200),
        (429, {"code": 200}, 429),
    ],
)
def test_what_went_wrong_is_told_in_the_body_under_a_good_status(
    status: int, answer: object, told: int
) -> None:
    assert read_status(status, json.dumps(answer).encode()) == told


def test_a_task_that_is_not_known_is_none_and_an_answer_that_says_nothing_is_refused() -> None:
    assert read_status(200, b"<html>") == 200
    assert [read_answer_of_kie("task12345", status, b"{}") for status in (404, 422)] == [None, None]
    assert read_answer_of_kie("task12345", 200, b'{"code": 200}') == b'{"code": 200}'
    with pytest.raises(Unreadable, match="302"):
        read_answer_of_kie("task12345", 302, b"")


def test_a_task_of_kies_older_families_is_asked_for_where_its_customer_says() -> None:
    """Each family has a query of its own; the key goes to no other host."""
    kie = PROVIDERS["kie"]
    assert kie.gives_addresses
    assert kie.wire.is_given("https://api.kie.ai/api/v1/gpt4o-image/record-info?taskId=task12345")
    assert not kie.wire.is_given("https://api.kie.ai.example/api/v1/gpt4o-image/record-info?taskId=task12345")
    assert [name for name, provider in PROVIDERS.items() if provider.needs_confirming] == ["kie"]
