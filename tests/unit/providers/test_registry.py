"""The facts of each provider that others build on."""

from __future__ import annotations

import dataclasses
import re

import msgspec
import pytest

from archive.layout import PROVIDER
from archive.records.delivery import HEADER_MAX_BYTES, HEADERS_MAX_BYTES
from providers.provider import Provider
from providers.registry import FIRST, PROVIDERS
from runtime.kept_headers import kept_headers

every_provider = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS.keys())


@every_provider
def test_a_provider_is_registered_under_its_name(provider: Provider) -> None:
    """And the name fits a key and a callback URL."""
    assert PROVIDERS[provider.name] is provider
    assert PROVIDER.fullmatch(provider.name)


@every_provider
def test_media_hosts_are_bare_names_below_no_public_suffix(provider: Provider) -> None:
    """An allow-list entry such as "ai" or ".evolink.ai" would let everybody in, or nobody."""
    assert provider.media_hosts or provider.wire.base64_keys  # whose images have no links
    for host in provider.media_hosts:
        assert re.fullmatch(r"=?[a-z0-9-]+(\.[a-z0-9-]+)+", host)


@every_provider
def test_the_task_api_is_spoken_to_over_https(provider: Provider) -> None:
    """The API key goes there."""
    assert re.fullmatch(r"https://[a-z0-9.-]+", provider.wire.url(""))


def _task_url(name: str, task_id: str, base: str = "") -> str:
    wire = PROVIDERS[name].wire
    return wire.url(wire.task_address(task_id), base)


def test_the_task_queries_are_those_of_the_documents() -> None:
    """`GET /v1/tasks/{id}` of EvoLink, `GET /api/v1/tasks/{id}` of API in One, a parameter of kie.ai's."""
    assert _task_url("evolink", "task-unified-1-a") == "https://api.evolink.ai/v1/tasks/task-unified-1-a"
    assert _task_url("wavespeed", "45b3") == "https://api.wavespeed.ai/api/v3/predictions/45b3/result"
    assert _task_url("kie", "a&b") == "https://api.kie.ai/api/v1/jobs/recordInfo?taskId=a%26b"
    assert _task_url("apiinone", "n41xxxx_flux2") == "https://apiin.one/api/v1/tasks/n41xxxx_flux2"


@pytest.mark.parametrize("base", ["http://127.0.0.1:9", "http://127.0.0.1:9/", "http://127.0.0.1:9/api/v1"])
def test_another_base_is_taken_with_and_without_the_version(base: str) -> None:
    """API in One's documents give the base with its version, the local stack without."""
    assert _task_url("apiinone", "n41x", base) == "http://127.0.0.1:9/api/v1/tasks/n41x"


def test_a_task_id_cannot_leave_its_place_in_the_path() -> None:
    """Ids come from outside."""
    assert PROVIDERS["evolink"].wire.task_address("a/../b?c#d") == "/v1/tasks/a%2F..%2Fb%3Fc%23d"


def test_only_the_guessed_reader_is_experimental() -> None:
    """EvoLink's is documented and captured; API in One's callback is neither."""
    assert [name for name, provider in PROVIDERS.items() if provider.experimental] == ["apiinone"]


def test_evolink_links_live_for_a_day() -> None:
    """As documented; the deadline of all work follows from it."""
    assert PROVIDERS["evolink"].link_life_s == 86_400


@every_provider
def test_what_is_kept_of_headers_has_room_and_is_no_credential(provider: Provider) -> None:
    """A delivery has room for four; what could be a credential is never kept."""
    kept = kept_headers()[provider.name]
    assert len(kept) * (HEADER_MAX_BYTES + 64) <= HEADERS_MAX_BYTES
    assert all(re.fullmatch(r"[a-z0-9-]{1,64}", name) for name in kept)
    assert not {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"} & set(kept)


@pytest.mark.parametrize("name", ["evolink", "apiinone"])
def test_links_of_a_day_are_asked_for_after_ten_minutes_and_their_last_five_are_the_last_chance(
    name: str,
) -> None:
    """Both follow from the life of the links."""
    assert (PROVIDERS[name].ask_first_s, PROVIDERS[name].last_chance_s) == (600.0, 300.0)


@pytest.mark.parametrize(
    ("life_s", "asked_s", "chance_s"),
    [(600, 60.0, 120.0), (6 * 3600, 150.0, 120.0), (30 * 86_400, 3600.0, 9000.0)],
)
def test_links_of_another_life_are_asked_for_within_bounds(
    life_s: int, asked_s: float, chance_s: float
) -> None:
    """An image takes a minute; and no work is planned further ahead than a stepped clock could."""
    provider = dataclasses.replace(PROVIDERS["evolink"], link_life_s=life_s)
    assert (provider.ask_first_s, provider.last_chance_s) == (asked_s, chance_s)


@every_provider
def test_a_sample_request_orders_no_more_than_the_provider_makes(provider: Provider) -> None:
    """It is what `trigger` submits."""
    order = provider.read_order(msgspec.json.encode(provider.samples.request))
    assert order.prompt
    assert 1 <= (order.n or 1) <= provider.images_most


def test_the_first_provider_is_the_one_that_is_meant_where_none_is_named() -> None:
    """`fixative fetch ID` asks EvoLink."""
    assert FIRST is PROVIDERS["evolink"]


@pytest.mark.parametrize(
    ("header", "scheme", "shown"),
    [
        ("Authorization", "Bearer", {"Authorization": "Bearer k"}),
        ("Authorization", "Key", {"Authorization": "Key k"}),
        ("x-key", "", {"x-key": "k"}),
    ],
)
def test_a_key_is_shown_as_the_provider_wants_it(header: str, scheme: str, shown: dict[str, str]) -> None:
    """Under its header, behind its word or alone."""
    wire = dataclasses.replace(PROVIDERS["evolink"].wire, key_header=header, key_scheme=scheme)
    assert wire.key_headers("k") == shown


def test_a_task_id_cannot_leave_its_place_in_a_query() -> None:
    """Ids come from outside."""
    wire = dataclasses.replace(PROVIDERS["evolink"].wire, task="/v2/job?ref={task_id}")
    assert wire.task_address("a&b=c#d/e") == "/v2/job?ref=a%26b%3Dc%23d%2Fe"
