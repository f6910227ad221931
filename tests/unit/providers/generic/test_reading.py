"""What the body of a declared gateway is read as."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import Unreadable
from archive.records.notification import TaskError
from providers.generic.declared import gateways_in
from providers.sample import Ending, Sample
from tests.unit.providers.generic.gateways import KILN, LEAST

GATEWAYS = gateways_in(KILN + LEAST)
READ, READ_LEAST = GATEWAYS["kiln"][1].read, GATEWAYS["least"][1].read
LINK, OTHER = "https://files.kiln.example/a.png?sig=1", "https://files.kiln.example/b.png"
BAKED: dict[str, Any] = {
    "job": {"ref": "kiln/7", "stage": "Baked", "oven": "stone", "made": 1795680409, "cold": "2026-11-26T08:00:00.123456789Z"},
    "pictures": {"a": {"href": LINK}, "b": {"href": OTHER}},
    "seed": 7,
}  # fmt: skip


def body(**job: object) -> bytes:
    return json.dumps({**BAKED, "job": {**BAKED["job"], **job}}).encode()


def refusal(told: bytes, read: Any = READ) -> str:
    with pytest.raises(Unreadable) as refused:
        read(told)
    return refused.value.reason.value


def test_every_fact_is_found_where_its_pointer_leads() -> None:
    told = READ(body())

    assert ("kiln", "kiln/7", "completed", "stone", (LINK, OTHER)) == (
        told.provider, told.task_id, told.status, told.model, told.sources,
    )  # fmt: skip
    assert datetime(2026, 11, 26, 8, 0, 0, 123456, UTC) == told.ended_at
    assert told.created_at is not None
    assert {"seed": 7} == told.remarks


def test_links_of_all_pointers_are_taken_each_once() -> None:
    assert (LINK, OTHER, "https://kiln.example/c.png") == READ(
        json.dumps({**BAKED, "cover": ["https://kiln.example/c.png", LINK]}).encode()
    ).sources


@pytest.mark.parametrize(
    ("word", "status"),
    [(7, "completed"), ("PUT-OUT", "cancelled"), ("kneading", "unfinished"), ("pending", "unfinished")],
)
def test_its_words_and_those_of_everybody_are_known(word: object, status: str) -> None:
    assert status == READ(body(stage=word)).status


@pytest.mark.parametrize(
    ("job", "error"),
    [
        ({"trouble": "too hot"}, TaskError(code="unknown", message="too hot")),
        ({"trouble": {"type": "heat", "detail": "too hot"}}, TaskError(code="heat", message="too hot")),
        ({"trouble": {"message": "too hot"}, "code": 5}, TaskError(code="5", message="too hot")),
        ({"trouble": [{"msg": "too hot"}]}, TaskError(code="unknown", message="too hot")),
        ({"code": "E7"}, TaskError(code="E7", message="")),
        ({"trouble": False}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_why_it_failed_is_read_in_any_of_its_shapes(job: dict[str, Any], error: TaskError | None) -> None:
    assert error == READ(body(stage="burnt", **job)).error


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (b"x", "not_json"),
        (b"[1, 2]", "not_an_object"),
        (b"{}", "no_task_id"),
        (body(ref={"a": 1}), "bad_task_id"),
        (body(ref=7.5), "bad_task_id"),
        (body(ref="../x"), "bad_task_id"),
        (body(stage=None), "no_status"),
        (body(stage="melted"), "unknown_status"),
        (body(stage={"a": 1}), "unknown_status"),
        (json.dumps({**BAKED, "pictures": {}}).encode(), "no_sources"),
        (json.dumps({**BAKED, "pictures": {str(n): {"href": f"{OTHER}?{n}"} for n in range(33)}}).encode(), "too_many_sources"),
        (body().replace(b'"ref": "kiln/7"', b'"ref": "kiln/7", "ref": "kiln/8"'), "ambiguous"),
    ],
)  # fmt: skip
def test_what_cannot_become_work_is_refused_by_its_reason(told: bytes, reason: str) -> None:
    assert reason == refusal(told)


def test_a_number_is_an_id_as_it_is_written() -> None:
    assert "42" == READ(body(ref=42)).task_id
    assert "42" == GATEWAYS["kiln"][1].read_task_id(body(ref=42))


def test_without_a_declared_status_a_link_completes_and_an_error_fails() -> None:
    """`images` is an array here, and a link alone would do."""
    told = READ_LEAST(json.dumps({"id": "1", "images": [LINK]}).encode())
    assert ("completed", (LINK,)) == (told.status, told.sources)
    assert "failed" == READ_LEAST(b'{"id": "1", "error": {"message": "no"}, "images": []}').status
    assert "completed" == READ_LEAST(json.dumps({"id": "1", "error": None, "images": LINK}).encode()).status
    assert "no_status" == refusal(b'{"id": "1", "images": []}', READ_LEAST)


@pytest.mark.parametrize("name", GATEWAYS)
@pytest.mark.parametrize("ending", ["completed", "failed"])
def test_a_sample_is_read_as_it_is_meant(name: str, ending: Ending) -> None:
    provider = GATEWAYS[name][1]
    sample = Sample("task-1", ending, (LINK,) if ending == "completed" else (), datetime.now(UTC))
    told = provider.read(json.dumps(provider.samples.body(sample)).encode())
    assert ("task-1", ending, sample.sources) == (told.task_id, told.status, told.sources)


def test_a_request_says_what_it_says_under_the_usual_names() -> None:
    order = GATEWAYS["kiln"][1].read_order(
        b'{"prompt": "a kiln", "n": 2, "size": {"w": 1}, "quality": 7, "model": "m"}'
    )
    assert ("a kiln", 2, None, None, "m") == (order.prompt, order.n, order.size, order.quality, order.model)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(LINK),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["job", "ref", "stage", "pictures", "href", "cover", "trouble", "id", "images", "error"]
                ),
                inner,
            )
        ),
        max_leaves=20,
    )
)
def test_no_body_is_more_than_refused(told: object) -> None:
    for name in GATEWAYS:
        with suppress(Unreadable):
            GATEWAYS[name][1].read(json.dumps(told).encode())
