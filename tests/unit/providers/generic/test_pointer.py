"""JSON pointers, with a step for all items."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import Unreadable
from providers.generic.pointer import Looking, put, read_pointer, written
from providers.reading.json_text import read_json

TOLD: dict[str, Any] = {
    "a": {"b": [{"url": "x"}, {"url": "y"}, {"other": 1}], "": 0},
    "m~n/o": {"0": "zero"},
    "text": '{"inner": [{"url": "z"}]}',
    "none": None,
    "empty": "",
}
STEPS = st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("/a/b/*/url", ["x", "y"]),
        ("/a/b/1/url", ["y"]),
        ("/a/b/01/url", []),
        ("/a/b/7/url", []),
        ("/a/b/-", []),
        ("/m~0n~1o/0", ["zero"]),
        ("/text/inner/*/url", ["z"]),
        ("/text", [TOLD["text"]]),
        ("/a/*/*/url", ["x", "y"]),
        ("/none", []),
        ("/empty", []),
        ("/none/x", []),
        ("/absent", []),
    ],
)
def test_what_stands_there(pointer: str, found: list[object]) -> None:
    assert found == list(Looking(TOLD).at([read_pointer(pointer)]))


@pytest.mark.parametrize(
    "wrong", ["", "/", "id", "$.id", "data.id", "/a~b", "/a~", "/" + "x" * 256, "/x" * 17]
)
def test_what_is_no_pointer_is_told(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"pointer|too long|tilde"):
        read_pointer(wrong)


def test_a_key_that_stands_twice_on_the_way_is_ambiguous() -> None:
    told = read_json('{"a": {"id": 1}, "a": {"id": 2}, "b": {"id": 3}}').value
    assert [3] == list(Looking(told).at([read_pointer("/b/id")]))
    with pytest.raises(Unreadable, match="ambiguous"):
        list(Looking(told).at([read_pointer("/a/id")]))


def test_a_text_of_json_is_decoded_once() -> None:
    """Many pointers into a megabyte of it cost no more than one."""
    look = Looking({"text": json.dumps({"k": 1})})
    assert look.within(TOLD["text"]) is look.within(TOLD["text"])


@given(STEPS)
def test_a_pointer_is_read_as_it_was_written(steps: list[str]) -> None:
    assert tuple(steps) == read_pointer(written(steps)).steps


@given(STEPS.filter(lambda steps: "*" not in steps))
def test_what_is_put_is_found_there(steps: list[str]) -> None:
    told: dict[str, Any] = {}
    put(told, read_pointer(written(steps)), "value")
    assert ["value"] == list(Looking(told).at([read_pointer(written(steps))]))


def test_what_has_a_place_already_is_not_put_over() -> None:
    told: dict[str, Any] = {}
    put(told, read_pointer("/a/id"), 1)
    for taken in ("/a/id", "/a", "/a/id/x"):
        with pytest.raises(ValueError, match=r"leads"):
            put(told, read_pointer(taken), 2)
