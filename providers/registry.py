"""The providers that there are. A new one is one file and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from archive.errors import Unreadable
from archive.reasons import Reason
from providers.apiinone import APIINONE
from providers.evolink import EVOLINK
from providers.provider import Provider

PROVIDERS: Mapping[str, Provider] = MappingProxyType(
    {provider.name: provider for provider in (EVOLINK, APIINONE)}
)


def provider_named(name: str) -> Provider:
    """The provider of this name.

    Raises:
        Unreadable: `unknown_provider`.
    """
    try:
        return PROVIDERS[name]
    except KeyError:
        raise Unreadable(Reason.UNKNOWN_PROVIDER, f"{name[:64]!r}; known: {', '.join(PROVIDERS)}") from None
