"""The demo orders what issue and README promise to show."""

from __future__ import annotations

import json

import pytest

from infra.demo.wish import WISHES, Wish
from providers.registry import PROVIDERS


def test_every_model_format_and_number_is_ordered() -> None:
    """GPT Image 1, 1.5 and 2; PNG, JPEG and WebP; one image and ten."""
    assert {wish.model for wish in WISHES} > {"gpt-image-1", "gpt-image-1.5", "gpt-image-2"}
    assert {wish.output_format for wish in WISHES} >= {"png", "jpeg", "webp"}
    assert {wish.n for wish in WISHES} >= {1, 10}


@pytest.mark.parametrize("ending", ["failed", "cancelled", "link_expired"])
def test_every_other_ending_is_shown_once(ending: str) -> None:
    """One task each that comes to nothing, or comes in by a replay."""
    assert [str(wish.ending) for wish in WISHES if not wish.left_for_you].count(ending) == 1


def test_a_provider_is_asked_in_its_own_words() -> None:
    """API in One says aspect_ratio and knows no n; Replicate has inputs; and each reads its own order."""
    request = Wish(provider="apiinone", model="gpt-image-1.5", size="3:2").request()

    assert request["aspect_ratio"] == "3:2"
    assert not {"size", "n"} & set(request)
    for wish in WISHES:
        order = PROVIDERS[wish.provider].read_order(json.dumps(wish.request()).encode())
        assert (order.model, order.size, order.n) == (wish.model, wish.size, wish.n)


def test_two_of_the_providers_sign() -> None:
    assert {wish.provider for wish in WISHES if PROVIDERS[wish.provider].verifier} == {"replicate", "fal"}


def test_the_ticket_tells_the_whole_order() -> None:
    """So that pixels and format are held against it."""
    claims = Wish(model="gpt-image-2", size="16:9", resolution="4K", output_format="png", n=2).claims()

    assert (claims.model, claims.size, claims.resolution) == ("gpt-image-2", "16:9", "4K")
    assert (claims.output_format, claims.n, claims.label) == ("png", 2, "demo")


def test_one_is_left_for_whoever_looks_at_the_console() -> None:
    assert [("link_expired", 0)] == [(str(wish.ending), wish.images) for wish in WISHES if wish.left_for_you]
