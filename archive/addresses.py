"""Internet addresses as people, sockets and proxies write them, each in its one form. Pure.

A socket that listens for IPv6 and IPv4 tells of an IPv4 peer as ::ffff:192.0.2.7 (RFC 4291, 2.5.5.2). That is the
same peer: wherever addresses are compared or counted, it is 192.0.2.7. A zone (fe80::1%eth0) tells this host's
side of a link, not who is there, and is left out.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_MAPPED = IPv6Network("::ffff:0:0/96")
_LOW_32 = 0xFFFFFFFF
# `*`: every address there is.
EVERYBODY: tuple[Network, ...] = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))


def read_address(text: str) -> Address:
    """An address, unmapped and without its zone. Raises ValueError."""
    known = ip_address(text.partition("%")[0] if ":" in text else text)
    if isinstance(known, IPv6Address) and known.ipv4_mapped is not None:
        return known.ipv4_mapped
    return known


def read_network(text: str) -> Network:
    """A network, or an address as the network of itself, unmapped.

    Raises:
        ValueError: also for 10.0.0.1/8, which says two things: one address, and all of its network.
    """
    known = ip_network(text)
    if isinstance(known, IPv6Network) and known.subnet_of(_MAPPED):
        low = int(known.network_address) & _LOW_32
        return IPv4Network((low, known.prefixlen - _MAPPED.prefixlen))
    return known


def in_one_form(host: str) -> str:
    """A host as a setting means it: a name in lower case, an address in its one form."""
    try:
        return str(read_address(host))
    except ValueError:
        return host.lower()
