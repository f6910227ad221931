"""Callback URLs: minted, and refused where a provider would refuse them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive import tickets
from archive.records.order import Claims
from console.submitting.callback_url import is_local_stack, mint_url, refusal
from console.submitting.minting import Minting

KEYS = tickets.read_keys(tickets.new_key("k1"))


def test_a_minted_url_holds_a_ticket_that_the_receiver_takes() -> None:
    claims = Claims(model="gpt-image-2", label="spring")
    url = mint_url("https://hooks.example.com/fix/", "evolink", claims, KEYS)
    start, _, ticket = url.rpartition("/")
    assert start == "https://hooks.example.com/fix/callbacks/evolink"
    assert tickets.read(ticket, "evolink", KEYS, datetime.now(UTC)) == claims


@pytest.mark.parametrize(
    "host", ["hooks.example.com", "8.8.8.8", "[2606:4700::1111]", "hooks.example.com:8443", "bücher.de"]
)
def test_a_public_host_is_taken(host: str) -> None:
    assert refusal(f"https://{host}/callbacks/evolink/t") is None


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.1.2.3", "[::1]", "10.0.0.1", "172.16.9.9",
        "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "[fe80::1]", "[fd00::1]",
        "[::ffff:10.0.0.1]", "[::ffff:127.0.0.1]", "intranet", "nas.local", "db.internal", "", "user@example.com",
        "hooks.example.com:0", "hooks.example.com:port", "[",
    ],
)  # fmt: skip
def test_a_host_that_a_provider_cannot_reach_is_refused(host: str) -> None:
    assert refusal(f"https://{host}/callbacks/evolink/t") is not None


def test_plain_http_is_refused() -> None:
    assert "HTTPS alone" in (refusal("http://hooks.example.com/callbacks/evolink/t") or "")


def test_2048_characters_are_taken_and_one_more_is_refused() -> None:
    url = "https://hooks.example.com/"
    assert refusal(url.ljust(2048, "x")) is None
    assert "2,049 characters" in (refusal(url.ljust(2049, "x")) or "")


def test_the_local_stack_is_the_receiver_of_this_machine_with_its_certificate() -> None:
    local = {
        "TICKET_KEYS": tickets.new_key("k1"),
        "PUBLIC_URL": "https://127.0.0.1:9001",
        "HOST": "127.0.0.1",
        "PORT": "9001",
        "TLS_CERT": "c",
        "TLS_KEY": "k",
    }

    def is_local(told: dict[str, str]) -> bool:
        settings = Minting.read(told)
        return is_local_stack(settings.address.public_url, settings.listening)

    assert is_local(local)
    for other in ({"PORT": "9002"}, {"TLS_CERT": "", "TLS_KEY": ""}, {"PUBLIC_URL": "https://10.0.0.1:9001"}):
        assert not is_local(local | other)
