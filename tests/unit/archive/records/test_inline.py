"""The name of an image that came within a body: short, of its text, and of nothing else."""

from __future__ import annotations

import hashlib

import pytest

from archive.records.inline import inline_name, inline_sha256, inline_type, is_data_uri, is_inline
from archive.records.notification import origin_of, without_query

URI = "data:image/png;base64,iVBORw0KGgo="


def test_a_name_tells_the_type_and_the_sum_of_the_text() -> None:
    name, sha256 = inline_name(URI), hashlib.sha256(URI.encode()).hexdigest()
    assert f"inline:image/png;sha256={sha256}" == name == without_query(name)
    assert ("image/png", sha256, True) == (inline_type(name), inline_sha256(name), is_inline(name))


@pytest.mark.parametrize(
    "head",
    ["data:", "data:;base64", "data:<script>/x", f"data:{'a' * 200}/png", "data:image/png\ud800", "data:é/é"],
)
def test_a_type_that_is_none_is_not_told(head: str) -> None:
    name = inline_name(f"{head},AAAA")
    assert (True, "") == (is_inline(name), inline_type(name))


def test_a_strangers_word_is_no_name() -> None:
    name = inline_name(URI)
    for other in (name.upper(), name + "?a=b", name[:-1], f" {name}", name + "\n", "inline:", URI):
        assert not is_inline(other)


def test_other_bytes_are_another_origin() -> None:
    assert origin_of("completed", [inline_name(URI)]) != origin_of("completed", [inline_name(URI + "A")])


@pytest.mark.parametrize(
    ("link", "is_one"), [("DATA:,x", True), ("data:", True), ("https://data:1", False), ("", False)]
)
def test_a_data_uri_is_known_by_its_scheme(link: str, is_one: bool) -> None:  # noqa: FBT001 - a case
    assert is_one == is_data_uri(link)
