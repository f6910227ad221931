"""Addresses as data: what may be spoken to and what never."""

from __future__ import annotations

import ipaddress
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egress.networks import forbidden
from tests.unit.egress.addresses import FORBIDDEN_V4, FORBIDDEN_V6, OPEN


@pytest.mark.parametrize("address", FORBIDDEN_V4 + FORBIDDEN_V6)
def test_a_forbidden_address_names_its_network(address: str) -> None:
    assert forbidden(address)


@pytest.mark.parametrize("address", OPEN)
def test_a_public_address_is_open(address: str) -> None:
    assert forbidden(address) is None


@pytest.mark.parametrize(
    "text",
    ["", "localhost", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "127。0。0。1", "[::1]", "1.1.1.1:443"],
)
def test_what_is_no_address_is_forbidden(text: str) -> None:
    assert forbidden(text) == "not an address"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("127.0.0.1", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback within IPv4-mapped"),
        ("64:ff9b::a9fe:a9fe", "link-local within NAT64"),
        ("2002:7f00:1::", "loopback within 6to4"),
        ("168.63.129.16", "cloud host"),
        ("fec0::1", "site-local"),
    ],
)
def test_the_name_says_which_network(address: str, name: str) -> None:
    assert forbidden(address) == name


@given(st.sampled_from(FORBIDDEN_V4))
def test_a_forbidden_ipv4_address_is_forbidden_in_every_ipv6_form(address: str) -> None:
    inner = int(IPv4Address(address))
    forms = [
        0xFFFF << 32 | inner,
        inner,
        0xFFFF << 48 | inner,
        int(IPv6Address("64:ff9b::")) | inner,
        int(IPv6Address("64:ff9b:1::")) | inner,
        0x2002 << 112 | inner << 80,
        0x20010000 << 96 | inner << 64,
        0x20010000 << 96 | inner ^ 0xFFFFFFFF,
        int(IPv6Address("2606:4700::5efe:0:0")) | inner,
    ]
    assert [str(IPv6Address(form)) for form in forms if forbidden(str(IPv6Address(form))) is None] == []


@given(st.ip_addresses())
def test_what_the_standard_library_knows_as_private_is_forbidden(address: IPv4Address | IPv6Address) -> None:
    carriers = (ipaddress.ip_network("::ffff:0:0/96"), ipaddress.ip_network("64:ff9b::/96"))
    if address.is_private and not any(address in network for network in carriers):
        assert forbidden(str(address)) is not None


@given(st.integers(min_value=0, max_value=2**128 - 1))
def test_only_global_unicast_and_honest_carriers_are_open(number: int) -> None:
    address = IPv6Address(number)
    if forbidden(str(address)) is None:
        networks = ("2000::/3", "::ffff:0:0/96", "64:ff9b::/96")
        assert any(address in ipaddress.ip_network(network) for network in networks)
