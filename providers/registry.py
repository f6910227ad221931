"""The providers that there are: a file and a line here each. The first is meant where none is named."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from archive.errors import Unreadable
from archive.reasons import Reason
from providers.apiinone import APIINONE
from providers.bfl import BFL
from providers.evolink import EVOLINK
from providers.fal import FAL
from providers.kie import KIE
from providers.openai import OPENAI
from providers.provider import Provider
from providers.replicate import REPLICATE
from providers.wavespeed import WAVESPEED

_ALL: Final = (
    EVOLINK,
    APIINONE,
    REPLICATE,
    FAL,
    BFL,
    KIE,
    OPENAI,
    WAVESPEED,
)

PROVIDERS: Mapping[str, Provider] = MappingProxyType({provider.name: provider for provider in _ALL})
FIRST: Final = _ALL[0]


def provider_named(name: str) -> Provider:
    """The provider of this name.

    Raises:
        Unreadable: `unknown_provider`.
    """
    try:
        return PROVIDERS[name]
    except KeyError:
        raise Unreadable(Reason.UNKNOWN_PROVIDER, f"{name[:64]!r}; known: {', '.join(PROVIDERS)}") from None
