"""The providers that there are: a file and a line here each; beside them stand the gateways that are declared. The first is meant where none is named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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


class Registry(Mapping[str, Provider]):
    """The providers by name: those above, and the gateways that an operator declared (`runtime/gateways.py`)."""

    def __init__(self, built_in: Iterable[Provider]) -> None:
        self.built_in: Mapping[str, Provider] = MappingProxyType({each.name: each for each in built_in})
        self._all = self.built_in
        self.digest = (
            ""  # of what is declared, by which processes are held against each other; empty: nothing is
        )

    def declare(self, gateways: Iterable[Provider], digest: str) -> None:
        """Have these gateways beside the built-in ones, in place of any that were declared before.

        Done once by each process, when it begins and before it reads its other settings.
        """
        self._all = MappingProxyType({**self.built_in, **{each.name: each for each in gateways}})
        self.digest = digest

    def __getitem__(self, name: str) -> Provider:
        return self._all[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


PROVIDERS: Final = Registry(_ALL)
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
