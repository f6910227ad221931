"""Addresses and networks in their one form."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.addresses import in_one_form, read_address, read_network
from archive.errors import SettingsRefused
from runtime.settings.door import DoorSettings


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_the_address_in_every_spelling(address: IPv4Address) -> None:
    high, low = divmod(int(address), 0x10000)
    spelt = [
        f"::ffff:{address}",
        f"::FFFF:{address}",
        f"::ffff:{high:x}:{low:x}",
        f"0:0:0:0:0:ffff:{high:04x}:{low:04x}",
    ]

    assert {address} == {read_address(text) for text in (str(address), *spelt)}
    assert {IPv4Network(address)} == {read_network(text) for text in (str(address), *spelt)}


@given(st.ip_addresses(v=6))
def test_any_other_ipv6_address_is_itself_whatever_its_zone(address: IPv6Address) -> None:
    if address.ipv4_mapped is None:
        assert {address} == {read_address(str(address)), read_address(f"{address}%eth0")}


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("::ffff:127.0.0.0/104", IPv4Network("127.0.0.0/8")),
        ("::ffff:0:0/96", IPv4Network("0.0.0.0/0")),
        ("2001:db8::/32", IPv6Network("2001:db8::/32")),
        ("::/0", IPv6Network("::/0")),
    ],
)
def test_a_mapped_network_is_the_network(text: str, network: IPv4Network | IPv6Network) -> None:
    assert network == read_network(text)


@pytest.mark.parametrize("text", ["", "localhost", "10.0.0", "010.0.0.1", "1.2.3.4%eth0", "[::1]", "::1/128"])
def test_what_is_no_address_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="address"):
        read_address(text)


def test_a_host_is_compared_in_one_form() -> None:
    assert ["127.0.0.1", "::1", "example.com"] == [
        in_one_form(host) for host in ("::ffff:127.0.0.1", "0:0:0:0:0:0:0:1", "Example.COM")
    ]


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("localhost", "word 1 is no address and no network"),
        ("10.0.0.1, proxy.internal", "word 2 is no address and no network"),
        ("10.0.0.0/33", "word 1 is no address and no network"),
        ("10.0.0.1/8", "word 1 has bits set beyond its network"),
        ("[::1]", "word 1 is no address and no network"),
        ("10.0.0.1:443", "word 1 is no address and no network"),
    ],
)
def test_a_trusted_proxy_that_is_no_address_is_refused_by_name_and_not_shown(said: str, problem: str) -> None:
    with pytest.raises(SettingsRefused, match=r"TRUSTED_PROXIES \(") as refused:
        DoorSettings.read({"TRUSTED_PROXIES": said})

    assert (True, False) == (problem in str(refused.value), said in str(refused.value))


def test_trusted_proxies_are_networks_unmapped() -> None:
    said = {"TRUSTED_PROXIES": "::ffff:10.1.2.3, 10.0.0.0/8,2001:db8::/32"}

    assert ("10.1.2.3/32", "10.0.0.0/8", "2001:db8::/32") == tuple(
        map(str, DoorSettings.read(said).trusted_proxies)
    )
    assert ("0.0.0.0/0", "::/0") == tuple(
        map(str, DoorSettings.read({"TRUSTED_PROXIES": "*"}).trusted_proxies)
    )
