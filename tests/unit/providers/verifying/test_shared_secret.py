"""A secret in a header: the whole of it and nothing else, old and new while it is exchanged."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.verifying.shared_secret import shared_secret
from providers.verifying.verifier import Signed

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
SECRET, NEXT = b"s3cret-of-the-account", b"its-follower"
PLAIN = shared_secret("x-webhook-secret")
BEARER = shared_secret("authorization", "Bearer ")


def word(header: str, *keys: bytes) -> str:
    return PLAIN.judge(Signed({"x-webhook-secret": header}, b"{}", NOW), keys or (SECRET,)).word


def test_the_secret_is_good_and_covers_no_body() -> None:
    assert word(SECRET.decode()) == "partial"
    assert word(f" {SECRET.decode()}\t") == "partial"


def test_while_it_is_exchanged_either_is_good() -> None:
    assert {word(each.decode(), NEXT, SECRET) for each in (SECRET, NEXT)} == {"partial"}
    assert word(SECRET.decode(), NEXT) == "wrong"
    assert PLAIN.judge(Signed({"x-webhook-secret": SECRET.decode()}, b"", NOW), ()).word == "no_key"


@given(place=st.integers(0, len(SECRET) - 1), sign=st.characters())
def test_no_character_of_it_may_be_another(place: int, sign: str) -> None:
    whole = SECRET.decode()
    changed = whole[:place] + sign + whole[place + 1 :]
    assert (word(changed) == "partial") == (changed == whole)


@pytest.mark.parametrize("told", [SECRET.decode()[:-1], f"{SECRET.decode()}x", "x", SECRET.decode().upper()])
def test_a_part_of_it_or_more_is_wrong(told: str) -> None:
    assert word(told) == "wrong"


@pytest.mark.parametrize("headers", [{}, {"x-webhook-secret": ""}])
def test_without_the_header_it_is_missing(headers: dict[str, str]) -> None:
    assert PLAIN.judge(Signed(headers, b"{}", NOW), (SECRET,)).word == "missing"


@pytest.mark.parametrize(
    ("told", "as_is"),
    [
        ("Bearer s3cret-of-the-account", "partial"),
        ("bearer  s3cret-of-the-account", "partial"),
        ("s3cret-of-the-account", "wrong"),
        ("Basic s3cret-of-the-account", "wrong"),
        ("Bearer ", "wrong"),
    ],
)
def test_behind_a_prefix_it_is_read_in_any_case(told: str, as_is: str) -> None:
    assert BEARER.judge(Signed({"authorization": told}, b"{}", NOW), (SECRET,)).word == as_is


def test_a_secret_beyond_ascii_is_compared_as_the_bytes_that_came() -> None:
    key = PLAIN.key_of("schlüssel")
    assert word(key.decode("latin-1"), key) == "partial"


def test_what_we_show_ourselves_to_try_the_way_is_good() -> None:
    for each in (PLAIN, BEARER):
        assert each.sign is not None
        assert each.judge(Signed(each.sign(SECRET, b"{}", NOW), b"{}", NOW), (SECRET,)).word == "partial"


def test_an_empty_secret_is_none() -> None:
    with pytest.raises(ValueError, match="empty"):
        PLAIN.key_of("")
