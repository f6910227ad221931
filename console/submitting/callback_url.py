"""Mint a callback URL, and see whether a provider would take it. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

from archive import tickets
from archive.addresses import Address, read_address
from archive.records.order import Claims
from archive.tickets import TicketKeys
from runtime.settings.address import ListeningSettings

# No provider takes more: https://docs.evolink.ai (callback_url).
URL_MAX_CHARACTERS = 2048
# Names that no public resolver answers (RFC 6761, RFC 6762, RFC 8375, and ICANN's own).
_PRIVATE_ENDINGS = (
    ".local",
    ".internal",
    ".localhost",
    ".test",
    ".invalid",
    ".example",
    ".home.arpa",
    ".lan",
)


def mint_url(public_url: str, provider: str, claims: Claims, keys: TicketKeys) -> str:
    """The URL to give to a provider."""
    return f"{public_url.rstrip('/')}/callbacks/{provider}/{tickets.mint(claims, provider, keys)}"


def refusal(url: str) -> str | None:
    """Why a provider would refuse to call this URL, or None."""
    if len(url) > URL_MAX_CHARACTERS:
        return f"the URL has {len(url):,} characters; providers take {URL_MAX_CHARACTERS:,}"
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        port = parts.port
    except ValueError:
        return "it is no URL"
    if parts.scheme != "https":
        return f"it begins with {parts.scheme or 'nothing'}; providers call HTTPS alone"
    if not host or port == 0 or parts.username is not None:
        return "it has no host of its own"
    return _host_refusal(host)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    host = host.rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def is_local_stack(public_url: str, listening: ListeningSettings) -> bool:
    """Whether the public URL is the very address that a receiver on this machine listens on, with TLS."""
    parts = urlsplit(public_url)
    return (
        is_loopback(parts.hostname or "")
        and is_loopback(listening.host)
        and parts.port == listening.port
        and bool(listening.tls_cert)
    )


def _host_refusal(host: str) -> str | None:
    address = _address(host)
    if is_loopback(host):
        return f"{host} is this machine; a provider cannot reach it"
    if address is not None and not (address.is_global and not address.is_multicast):
        return f"{host} is a private, link-local or reserved address; a provider cannot reach it"
    if address is None and ("." not in host or host.lower().endswith(_PRIVATE_ENDINGS)):
        return f"{host} is no name that the world knows; a provider cannot reach it"
    return None


def _address(host: str) -> Address | None:
    """The address that a host is, also one in another's clothes (::ffff:10.0.0.1)."""
    try:
        return read_address(host)
    except ValueError:
        return None
