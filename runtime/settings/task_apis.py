"""The providers' task APIs: one group of settings a provider, read from the registry.

A provider `evolink` has EVOLINK_API and EVOLINK_API_KEY; a dash in its name is an underscore there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import Annotated, Any, NamedTuple, Self

import msgspec
from msgspec import Meta

from archive.errors import SettingsRefused
from providers.provider import Provider
from providers.registry import PROVIDERS
from runtime.settings.group import Group
from runtime.settings.kinds import Secret
from runtime.settings.mistakes import no_header


class TaskApiSettings(NamedTuple):
    """Where one provider's task API is asked, and with which key; empty: it is not asked."""

    base: str
    key: Secret


class TaskApis(Mapping[str, TaskApiSettings]):
    """The settings of every provider's task API, by the provider's name."""

    def __init__(self, told: Mapping[str, TaskApiSettings]) -> None:
        self._told = told

    def __getitem__(self, provider: str) -> TaskApiSettings:
        return self._told[provider]

    def __iter__(self) -> Iterator[str]:
        return iter(self._told)

    def __len__(self) -> int:
        return len(self._told)

    @classmethod
    def groups(cls) -> tuple[type[Group], ...]:
        """A group a provider."""
        return tuple(group_of(provider) for provider in PROVIDERS.values())

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Read all of them. Raises SettingsRefused, with every problem of every provider's."""
        told: dict[str, TaskApiSettings] = {}
        problems: list[str] = []
        for provider in PROVIDERS.values():
            try:
                told[provider.name] = TaskApiSettings(
                    *msgspec.structs.astuple(group_of(provider).read(environment))
                )
            except SettingsRefused as refusal:
                problems += refusal.problems
        if problems:
            raise SettingsRefused(problems)
        return cls(told)


def base_variable(provider: Provider) -> str:
    """The variable of the base of a provider's task API."""
    return f"{_prefix(provider)}_api".upper()


def key_variable(provider: Provider) -> str:
    """The variable of a provider's API key."""
    return f"{_prefix(provider)}_api_key".upper()


@cache
def group_of(provider: Provider) -> type[Group]:
    """The group of one provider."""
    base = Annotated[str, Meta(pattern=r"^https?://.+$", description=f"Base of {provider.title}'s task API.")]
    key = Annotated[Secret, Meta(description=f"{provider.title}'s API key; empty: tasks are not asked for.")]
    made: Any = msgspec.defstruct(
        f"{provider.title.replace(' ', '')}Settings",
        [
            (base_variable(provider).lower(), base, provider.wire.base),
            (key_variable(provider).lower(), key, Secret("")),
        ],
        bases=(Group,),
        namespace={
            "__doc__": f"{provider.title}'s task API.",
            "contradictions": classmethod(partial(_contradictions, provider)),
        },
        frozen=True,
        kw_only=True,
    )
    group: type[Group] = made
    return group


def _contradictions(
    provider: Provider, group: type[Group], values: Mapping[str, Any], environment: Mapping[str, str]
) -> Iterator[str]:
    """A key that can never be sent, by its letters or as nobody declared where to."""
    del group, environment
    for name, value in values.items():
        if not isinstance(value, Secret):
            continue
        yield from no_header(name.upper(), value)
        if value and not provider.wire.base:
            yield f"{name.upper()} is set, and GATEWAYS_FILE declares no [gateways.{provider.name}.query]. Expected: where its tasks are asked for"


def _prefix(provider: Provider) -> str:
    return provider.name.replace("-", "_")
