"""Which proxies are believed, and what they say of a request: whether it came over HTTPS, and from whom. Pure.

X-Forwarded-Proto   https, where every member of the list is: each proxy adds what it saw, and one hop in the clear
                    is one too many. No case (RFC 3986, 3.1), any white space, several lines are one list
                    (RFC 9110, 5.3)
X-Forwarded-For     the last address that is no believed proxy's: what stands before it, a client may have written
Forwarded           not read (RFC 7239): proxies that do not know it hand on what a client wrote
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

from archive.addresses import Network, read_address

FORWARDED_PROTO, FORWARDED_FOR = b"x-forwarded-proto", b"x-forwarded-for"
# Nobody has so many proxies of their own; a client can write thousands of members into a header.
HOPS_MOST = 32
# The proxies' own addresses come again with each request, and reading one costs more than all else here.
KNOWN_MOST = 512
# The longest address, with a zone and some room: what is longer is none, and is not remembered.
_ADDRESS_MAX_CHARACTERS = 64


class Proxies:
    """The proxies of these networks, and nobody else, are believed."""

    def __init__(self, networks: Iterable[Network]) -> None:
        self._networks = tuple(networks)
        # Of everybody, nobody can be told from a client: then only the nearest proxy's word is taken.
        self._everybody = any(network.prefixlen == 0 for network in self._networks)
        self._known = functools.lru_cache(KNOWN_MOST)(self._is_one)

    def believes(self, peer: str | None) -> bool:
        """Whether this peer is one of them; one without an address (a Unix socket) only if everybody is."""
        if not self._networks:
            return False
        is_one = self._known(peer or "")
        return self._everybody if is_one is None else is_one

    def client_of(self, values: Iterable[bytes]) -> str | None:
        """Whom the lines of X-Forwarded-For tell of; None where they tell nothing.

        What is no address is told as it is: whoever counts takes all such for one party.
        """
        found: str | None = None
        for member in reversed(_members(values)[-HOPS_MOST:]):
            found = _without_port(member)
            if self._everybody or len(found) > _ADDRESS_MAX_CHARACTERS or not self._known(found):
                return found
        return found

    def _is_one(self, text: str) -> bool | None:
        """Whether this is the address of one of them; None where it is no address."""
        try:
            address = read_address(text)
        except ValueError:
            return None
        return any(address in network for network in self._networks)


def came_over_https(values: Iterable[bytes]) -> bool | None:
    """Whether the lines of X-Forwarded-Proto say so; None where they say nothing."""
    values = list(values)
    if values == [b"https"]:  # as nearly every proxy says it
        return True
    members = _members(values)
    return all(member.lower() == "https" for member in members) if members else None


def _members(values: Iterable[bytes]) -> list[str]:
    """The last members of all lines of a list, what stands before them as one more; empty ones are none.

    https://www.rfc-editor.org/rfc/rfc9110#section-5.6.1
    """
    said = b",".join(values).decode("latin-1")
    if not said:
        return []
    words = said.rsplit(",", HOPS_MOST)
    return [word for word in map(str.strip, words) if word]


def _without_port(member: str) -> str:
    """The address of 192.0.2.7:1234, [2001:db8::1]:1234 and [2001:db8::1], as some balancers write them."""
    if member.startswith("["):
        return member[1:].partition("]")[0]
    host, colon, rest = member.partition(":")
    return member if colon and ":" in rest else host
