"""Whom an address stands for when strangers are counted."""

from __future__ import annotations

import ipaddress

from archive.addresses import read_address

# Who is given IPv6 is given a /64 at least: 2^64 addresses of one party (RFC 6177).
IPV6_PREFIX = 64
# Behind a proxy the address is text; text that is no address is one party, or each would be a new one.
NO_ADDRESS = "?"


def network_of(address: str | None) -> str:
    """An IPv4 address itself, the /64 of an IPv6 address; safe to log."""
    try:
        known = read_address(address or "")
    except ValueError:
        return NO_ADDRESS
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    return str(ipaddress.ip_network((int(known), IPV6_PREFIX), strict=False))
