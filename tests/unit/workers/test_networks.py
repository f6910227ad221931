"""Addresses as data: what may be spoken to and what never."""

# ruff: noqa: SIM905 - addresses are read best as blocks
from __future__ import annotations

import ipaddress
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.networks import forbidden

FORBIDDEN_V4 = """
0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.255.255.255
168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.0 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1
192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1 192.168.255.255 192.175.48.1 198.18.0.1 198.19.255.255
198.51.100.1 203.0.113.1 224.0.0.1 233.252.0.1 239.255.255.255 240.0.0.1 255.255.255.254 255.255.255.255
""".split()
FORBIDDEN_V6 = """
:: ::1 ::2 ::7f00:1 ::127.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:a9fe:a9fe
::ffff:0:127.0.0.1 ::ffff:0:8.8.8.8 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b::10.1.2.3 64:ff9b:1::7f00:1
64:ff9b:1::808:808 64:ff9b:1:ffff::1 100::1 100:0:0:1::1 2001::1 2001:0:7f00:1:: 2001:0:4136:e378:8000:63bf:80ff:fffe
2001:2::1 2001:10::1 2001:20::1 2001:1ff:ffff::1 2001:db8::1 2002:7f00:1:: 2002:a9fe:a9fe:: 2002:808:808::1
2606:4700::5efe:7f00:1 2606:4700::200:5efe:a00:1 2620:4f:8000::1 3fff::1 3fff:fff::1 4000::1 5f00::1 8000::1
fc00::1 fd00:ec2::254 fd20:ce::254 fdff::1 fe80::1 fe80::1%eth0 febf::1 fec0::1 feff::1 ff01::1 ff02::1 ff0e::1
""".split()
OPEN = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 168.63.129.15
168.63.129.17 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0 192.0.1.1 192.167.255.255 192.169.0.0
198.17.255.255 198.20.0.0 223.255.255.255 2606:4700::1111 2001:200::1 2001:4860:4860::8888 2a00:1450::1
2003::1 3ffe::1 64:ff9b::808:808 ::ffff:8.8.8.8 2606:4700::5efe:808:808
""".split()


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
