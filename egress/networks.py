"""The networks that no download may reach: one explicit table, held against every address.

`is_private` and `is_global` of the standard library are not asked: their verdicts change with the patch
level of Python, and none of nine libraries that were tried blocks the whole list.

The registries that the table follows:
https://www.iana.org/assignments/iana-ipv4-special-registry/
https://www.iana.org/assignments/iana-ipv6-special-registry/
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

_V4: Final = tuple(
    (IPv4Network(network), name)
    for network, name in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),  # holds Alibaba's metadata, 100.100.100.200
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),  # holds the metadata of nearly every cloud, 169.254.169.254
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol assignments"),  # holds Oracle's metadata, 192.0.0.192
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "AS112"),
        ("192.52.193.0/24", "multicast relay"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "AS112"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),  # and the limited broadcast, 255.255.255.255
        # A public address that inside Azure is the host's own wire server.
        # https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
        ("168.63.129.16/32", "cloud host"),
    )
)

_V6: Final = tuple(
    (IPv6Network(network), name)
    for network, name in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("64:ff9b:1::/48", "local-use NAT64"),  # RFC 8215; where the IPv4 address sits is each site's choice
        ("100::/64", "discard"),
        ("100:0:0:1::/64", "dummy prefix"),  # RFC 9780
        ("2001::/23", "protocol assignments"),  # Teredo, ORCHID, benchmarking
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("2620:4f:8000::/48", "AS112"),
        ("3fff::/20", "documentation"),  # RFC 9637, of 2024
        ("5f00::/16", "segment routing"),  # RFC 9602
        ("fc00::/7", "unique local"),  # holds AWS's metadata, fd00:ec2::254
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)

# Where an IPv6 address carries an IPv4 address in its last 32 bits.
_CARRIERS: Final = (
    (IPv6Network("::ffff:0:0/96"), "IPv4-mapped"),
    (IPv6Network("64:ff9b::/96"), "NAT64"),
    (IPv6Network("::ffff:0:0:0/96"), "IPv4-translated"),
    (IPv6Network("::/96"), "IPv4-compatible"),
)
# These two are how an honest public IPv4 address looks on some hosts; the others have no honest use left.
_HONEST_CARRIERS: Final = frozenset({"IPv4-mapped", "NAT64"})

_SIX_TO_FOUR: Final = IPv6Network("2002::/16")
_TEREDO: Final = IPv6Network("2001::/32")
_ISATAP_MARKS: Final = (0x00005EFE, 0x02005EFE)  # the upper half of the interface identifier, RFC 5214
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")  # all that IANA gives out
_LOW_32: Final = 0xFFFFFFFF


def forbidden(address: str) -> str | None:
    """The name of the forbidden network that an address belongs to, or None if it may be spoken to.

    `address` is an address as the resolver gives it, with or without a zone; never a host name.
    What cannot be read as an address is forbidden.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return "not an address"
    if isinstance(parsed, IPv4Address):
        return _in_table_4(parsed)
    return _in_table_6(IPv6Address(int(parsed)))  # without its zone


def _in_table_4(address: IPv4Address) -> str | None:
    return next((name for network, name in _V4 if address in network), None)


def _in_table_6(address: IPv6Address) -> str | None:
    if int(address) <= 1:  # `::` and `::1` are no carriers of 0.0.0.0 and 0.0.0.1
        return _V6[int(address)][1]
    for carrier, inner in _carried(address):
        name = _in_table_4(inner)
        if name is not None:
            return f"{name} within {carrier}"
        if carrier in _HONEST_CARRIERS:
            return None
    for network, name in _V6:
        if address in network:
            return name
    return None if address in _GLOBAL_UNICAST else "reserved"


def _carried(address: IPv6Address) -> list[tuple[str, IPv4Address]]:
    """Each IPv4 address that an IPv6 address carries, with the name of the form."""
    number = int(address)
    last = IPv4Address(number & _LOW_32)
    found = [(name, last) for network, name in _CARRIERS if address in network]
    if address in _SIX_TO_FOUR:
        found.append(("6to4", IPv4Address(number >> 80 & _LOW_32)))
    if address in _TEREDO:  # the server, and the client with all its bits turned
        found.append(("Teredo", IPv4Address(number >> 64 & _LOW_32)))
        found.append(("Teredo", IPv4Address(number & _LOW_32 ^ _LOW_32)))
    if number >> 32 & _LOW_32 in _ISATAP_MARKS:
        found.append(("ISATAP", last))
    return found
