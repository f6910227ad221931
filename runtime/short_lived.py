"""Whose links live so short that what comes of them goes first, wherever it waits."""

from __future__ import annotations

from providers.registry import PROVIDERS


def short_lived() -> frozenset[str]:
    """The names of these providers: for those who know no more of one than its name."""
    return frozenset(provider.name for provider in PROVIDERS.values() if provider.lives_short)
