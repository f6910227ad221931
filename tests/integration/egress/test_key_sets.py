"""Key sets over HTTP: fetched once an hour, anew where no key fits, and used for a day while they cannot be had."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from archive.errors import ApiTrouble
from egress.key_sets import AGAIN_S, FRESH_S, USED_S, KeySets
from providers.verifying.ed25519 import keys_in_set
from tests.integration.egress.api_server import ApiServer, serving

PATH = "/.well-known/jwks.json"
# https://www.rfc-editor.org/rfc/rfc8037#appendix-A.2, and another key.
OLD, NEW = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw"


class Hour:
    """A clock that a test turns."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def api() -> Iterator[ApiServer]:
    with serving() as api:
        yield api


@pytest.fixture
def clock() -> Hour:
    return Hour()


def answer(api: ApiServer, *keys: str, status: int = 200) -> None:
    told = {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": key} for key in keys]}
    api.answers[PATH] = [(status, json.dumps(told).encode(), {})]


def test_a_set_is_fetched_once_an_hour_and_by_name(api: ApiServer, clock: Hour) -> None:
    sets = KeySets(user_agent="Fixative/1", now_s=clock)
    answer(api, OLD)
    first = sets.keys(api.base + PATH, keys_in_set)
    answer(api, NEW)
    clock.now = FRESH_S - 1
    assert first == sets.keys(api.base + PATH, keys_in_set)
    clock.now = FRESH_S
    assert first != sets.keys(api.base + PATH, keys_in_set)
    assert ["Fixative/1"] * 2 == [question.headers["user-agent"] for question in api.asked]


def test_where_no_key_fits_it_is_fetched_anew_once_a_minute(api: ApiServer, clock: Hour) -> None:
    sets = KeySets(now_s=clock)
    answer(api, OLD)
    sets.keys(api.base + PATH, keys_in_set)
    answer(api, OLD, NEW)
    assert len(sets.keys(api.base + PATH, keys_in_set, fresh_s=AGAIN_S)) == 1
    clock.now = AGAIN_S
    assert len(sets.keys(api.base + PATH, keys_in_set, fresh_s=AGAIN_S)) == 2
    assert len(api.asked) == 2


@pytest.mark.parametrize(
    ("status", "body"), [(500, b""), (301, b""), (200, b"<html>"), (200, b'{"keys": []}')]
)
def test_what_is_no_set_is_trouble_and_is_asked_for_again_after_a_minute(
    api: ApiServer, clock: Hour, status: int, body: bytes
) -> None:
    sets = KeySets(now_s=clock)
    api.answers[PATH] = [(status, body, {})]
    for _ in range(2):
        with pytest.raises(ApiTrouble, match="key"):
            sets.keys(api.base + PATH, keys_in_set)
    assert len(api.asked) == 1
    answer(api, OLD)
    clock.now = AGAIN_S
    assert len(sets.keys(api.base + PATH, keys_in_set)) == 1


def test_while_it_cannot_be_had_the_last_one_is_used_for_a_day(api: ApiServer, clock: Hour) -> None:
    sets = KeySets(now_s=clock)
    answer(api, OLD)
    sets.keys(api.base + PATH, keys_in_set)
    answer(api, status=503)
    clock.now = USED_S - 1
    assert len(sets.keys(api.base + PATH, keys_in_set)) == 1
    clock.now = USED_S + AGAIN_S
    with pytest.raises(ApiTrouble, match="503"):
        sets.keys(api.base + PATH, keys_in_set)
