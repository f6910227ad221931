"""Which headers of a callback are kept with it: what may help to understand it later, and no credential."""

from __future__ import annotations

from collections.abc import Mapping

from providers.registry import PROVIDERS

# Of everybody's callbacks, in lower case. A provider names one more (archive/records/delivery.py has the bound).
OF_ALL = ("user-agent", "x-request-id", "date")


def kept_headers() -> Mapping[str, tuple[str, ...]]:
    """The headers that are kept, in lower case, by provider."""
    return {
        provider.name: (*OF_ALL, *((provider.kept_header,) if provider.kept_header else ()))
        for provider in PROVIDERS.values()
    }


def signature_headers() -> Mapping[str, tuple[str, ...]]:
    """The headers that a provider's signature needs, in lower case, by provider: kept apart, and whole."""
    return {
        provider.name: provider.verifier.headers
        for provider in PROVIDERS.values()
        if provider.verifier is not None
    }
