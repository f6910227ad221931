"""The two providers' words, against their documents and the captured answer."""

from __future__ import annotations

import re
from typing import Any

import pytest

from infra.simulator.desk import base36
from infra.simulator.faults import Switches
from infra.simulator.providers import apiinone, evolink
from infra.simulator.refusal import RefusalError
from tests.unit.simulator.samples import CREATED_AT, finished, order, task

END = CREATED_AT + 10
ASK = {"model": "gpt-image-2", "prompt": "a cat on a wall"}


def test_an_evolink_id_is_the_prefix_the_second_and_eight_of_base_36() -> None:
    """As in every captured id."""
    assert re.fullmatch(r"task-unified-1782914404-[0-9a-z]{8}", evolink.new_id(CREATED_AT, base36(8)))


def test_an_evolink_create_answer_has_the_documented_fields() -> None:
    """All of them and no other."""
    assert evolink.created_body(task(order(count=2))) == {
        "created": 1782914404,
        "id": "task-unified-1782914404-00000000",
        "model": "gpt-image-2",
        "object": "image.generation.task",
        "progress": 0,
        "status": "pending",
        "task_info": {"can_cancel": True, "estimated_time": 10},
        "type": "image",
        "usage": {"billing_rule": "per_call", "credits_reserved": 5.0, "user_group": "default"},
    }


def test_a_completed_evolink_task_has_the_fields_that_were_captured() -> None:
    """`duration`, `result_data` and `usage` stand in no document."""
    body = evolink.task_body(finished(order(count=2)), END)
    assert sorted(body) == sorted(
        [
            "created",
            "duration",
            "id",
            "model",
            "object",
            "progress",
            "result_data",
            "results",
            "status",
            "task_info",
            "type",
            "usage",
        ]
    )
    assert body["status"] == "completed"
    assert body["result_data"] == [{"url": url} for url in finished(order(count=2)).urls()]
    assert body["results"] == finished(order(count=2)).urls()
    assert body["duration"] == 10


def test_a_failed_evolink_task_has_an_error_and_no_results() -> None:
    """code, message and type, as documented."""
    body = evolink.task_body(finished(order(status="failed", error_code="service_error")), END)
    assert body["status"] == "failed"
    assert body["error"] == {
        "code": "service_error",
        "message": "The task failed: service_error",
        "type": "task_error",
    }
    assert "results" not in body


def test_a_cancelled_evolink_task_has_neither() -> None:
    """Neither results nor an error."""
    body = evolink.task_body(finished(order(status="cancelled")), END)
    assert body["status"] == "cancelled"
    assert not {"results", "result_data", "error"} & set(body)


def test_an_unfinished_evolink_task_has_no_results() -> None:
    """Only its progress."""
    body = evolink.task_body(task(), CREATED_AT + 5)
    assert (body["status"], body["progress"], "results" in body) == ("processing", 50, False)


def test_an_evolink_order_is_read_with_the_models_defaults() -> None:
    """auto, 1K, medium, png, one image."""
    read = evolink.read_order(ASK, Switches())
    assert (read.width, read.height, read.image_format, read.count) == (1024, 1024, "png", 1)
    assert (read.quality, read.callback_url) == ("medium", None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prompt", ""),
        ("model", None),
        ("n", 0),
        ("n", 11),
        ("n", True),
        ("n", "2"),
        ("size", 1024),
        ("output_format", "gif"),
        ("callback_url", "ftp://host/x"),
        ("callback_url", "http:///x"),
        ("callback_url", "http://host:port/x"),
        ("callback_url", "https://host/" + "x" * 2048),
    ],
)
def test_a_wrong_field_is_refused_by_its_name(field: str, value: object) -> None:
    """In EvoLink's error shape, with `param`."""
    with pytest.raises(RefusalError) as refused:
        evolink.read_order({**ASK, field: value}, Switches())
    assert refused.value.param == field
    assert evolink.error_body(refused.value)["error"] == {
        "code": "invalid_parameters",
        "message": refused.value.text,
        "type": "invalid_request_error",
        "param": field,
    }


def test_an_api_in_one_id_names_node_and_model() -> None:
    """`n42<8 base36>_gpt-image-1.5`."""
    assert re.fullmatch(r"n42[0-9a-z]{8}_gpt-image-1\.5", apiinone.new_id(base36(8)))


def test_an_api_in_one_create_answer_is_the_documented_one() -> None:
    """The envelope with the id, in progress."""
    assert apiinone.created_body(task(provider="apiinone")) == {
        "code": 200,
        "message": "success",
        "data": {"task_id": "task-unified-1782914404-00000000", "status": "IN_PROGRESS"},
    }


@pytest.mark.parametrize(
    ("switches", "status", "links", "credits_used", "error"),
    [
        ({}, "SUCCESS", 1, 10, None),
        ({"status": "failed", "error_code": "service_error"}, "FAILED", 0, 0, "service_error"),
        ({"status": "cancelled"}, "CANCELLED", 0, 0, None),
    ],
)
def test_an_api_in_one_ending_stands_in_the_envelope(
    switches: dict[str, Any], status: str, links: int, credits_used: int, error: str | None
) -> None:
    """Links and credits on success only."""
    done = finished(order(**switches), provider="apiinone")
    assert apiinone.task_body(done, END) == {
        "code": 200,
        "message": "success",
        "data": {
            "task_id": done.id,
            "status": status,
            "response": done.urls()[:links],
            "consumed_credits": credits_used,
            "error_message": error,
            "created_at": 1782914404,
        },
    }


def test_an_api_in_one_order_is_one_image_of_its_aspect_ratio() -> None:
    """There is no n; one that is sent is not heard."""
    read = apiinone.read_order({**ASK, "aspect_ratio": "2:3", "n": 4, "output_format": "webp"}, Switches())
    assert (read.width, read.height, read.image_format, read.count) == (1024, 1536, "webp", 1)


@pytest.mark.parametrize(("field", "value"), [("prompt", "ab"), ("aspect_ratio", "16:9"), ("quality", "low")])
def test_api_in_one_refuses_what_its_page_does_not_offer(field: str, value: str) -> None:
    """Three ratios, two qualities, 3 to 5000 characters."""
    with pytest.raises(RefusalError) as refused:
        apiinone.read_order({**ASK, field: value}, Switches())
    assert refused.value.param == field
