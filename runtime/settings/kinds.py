"""The kinds of values that settings have, read from their text."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from archive.addresses import EVERYBODY, Network, in_one_form, read_network
from egress.proxy import EgressProxy


class Secret:
    """A value that never shows itself in logs, errors or `repr`."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself, for the one place that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('***')"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


class Names(tuple[str, ...]):
    """Words parted by commas."""

    __slots__ = ()


class Addresses(tuple[tuple[str, int], ...]):
    """HOST:PORT pairs parted by commas; an IPv6 host stands in square brackets."""

    __slots__ = ()


class Networks(tuple[Network, ...]):
    """Addresses and networks parted by commas, unmapped; `*` is every address."""

    __slots__ = ()


Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Count = Annotated[int, Meta(ge=1, le=1024)]


def read_own_type(kind: type, value: Any) -> Any:
    """Our own kinds of value from their text."""
    if kind is Secret:
        return Secret(value)
    words = [word.strip() for word in value.split(",") if word.strip()]
    if any(len(word.split()) > 1 for word in words):
        raise ValueError("words are parted by commas, not by spaces")
    if kind is Names:
        return Names(words)
    if kind is Networks:
        return Networks(
            network for place, word in enumerate(words, start=1) for network in _networks(place, word)
        )
    if kind is Addresses:
        return Addresses(_address(word) for word in words)
    raise NotImplementedError(kind)


def _address(word: str) -> tuple[str, int]:
    host, _, port = word.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65_536:  # noqa: PLR2004 - the ports of TCP
        raise ValueError("not HOST:PORT")
    return in_one_form(host.strip("[]")), int(port)


def _networks(place: int, word: str) -> tuple[Network, ...]:
    """What a word names; the word itself is not shown."""
    try:
        return EVERYBODY if word == "*" else (read_network(word),)
    except ValueError as error:
        # The same text says why: it is nothing of the kind, or an address and a network in one.
        why = (
            "has bits set beyond its network" if "host bits" in str(error) else "is no address and no network"
        )
        raise ValueError(f"word {place} {why}: 192.0.2.7, 10.0.0.0/8, 2001:db8::/32 or *") from error


def is_proxy_url(url: str) -> bool:
    """Whether this is the URL of an egress proxy: http://[user:password@]host:port."""
    try:
        EgressProxy.from_url(url)
    except ValueError:
        return False
    return True
