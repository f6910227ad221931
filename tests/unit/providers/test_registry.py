"""The facts of each provider that others build on."""

from __future__ import annotations

import re

import pytest

from archive.layout import PROVIDER
from providers.provider import Provider
from providers.registry import PROVIDERS

every_provider = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS.keys())


@every_provider
def test_a_provider_is_registered_under_its_name(provider: Provider) -> None:
    """And the name fits a key and a callback URL."""
    assert PROVIDERS[provider.name] is provider
    assert PROVIDER.fullmatch(provider.name)


@every_provider
def test_media_hosts_are_bare_names_below_no_public_suffix(provider: Provider) -> None:
    """An allow-list entry such as "ai" or ".evolink.ai" would let everybody in, or nobody."""
    assert provider.media_hosts
    for host in provider.media_hosts:
        assert re.fullmatch(r"=?[a-z0-9-]+(\.[a-z0-9-]+)+", host)


@every_provider
def test_the_task_api_is_spoken_to_over_https(provider: Provider) -> None:
    """The API key goes there."""
    assert re.fullmatch(r"https://[a-z0-9.-]+", provider.api_base)


def test_the_task_queries_are_those_of_the_documents() -> None:
    """`GET /v1/tasks/{id}` of EvoLink, `GET /api/v1/tasks/{id}` of API in One."""
    assert (
        PROVIDERS["evolink"].task_url("task-unified-1-a")
        == "https://api.evolink.ai/v1/tasks/task-unified-1-a"
    )
    assert PROVIDERS["apiinone"].task_url("n41xxxx_flux2") == "https://apiin.one/api/v1/tasks/n41xxxx_flux2"


@pytest.mark.parametrize("base", ["http://127.0.0.1:9", "http://127.0.0.1:9/", "http://127.0.0.1:9/api/v1"])
def test_another_base_is_taken_with_and_without_the_version(base: str) -> None:
    """API in One's documents give the base with its version, the local stack without."""
    assert PROVIDERS["apiinone"].task_url("n41x", base) == "http://127.0.0.1:9/api/v1/tasks/n41x"


def test_a_task_id_cannot_leave_its_place_in_the_path() -> None:
    """Ids come from outside."""
    assert PROVIDERS["evolink"].task_path("a/../b?c#d") == "/v1/tasks/a%2F..%2Fb%3Fc%23d"


def test_only_the_guessed_reader_is_experimental() -> None:
    """EvoLink's is documented and captured; API in One's callback is neither."""
    assert [name for name, provider in PROVIDERS.items() if provider.experimental] == ["apiinone"]


def test_evolink_links_live_for_a_day() -> None:
    """As documented; the deadline of all work follows from it."""
    assert PROVIDERS["evolink"].link_life_s == 86_400
