"""The signatures of providers: one group of settings for each that signs its callbacks, read from the registry.

A provider `acme` has ACME_SIGNATURES, and ACME_SIGNING_KEYS where the operator has its secrets, or ACME_KEY_SET where it
publishes its keys; a dash in its name is an underscore there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple, Self

import msgspec
from msgspec import Meta

from archive.errors import SettingsRefused
from providers.provider import Provider
from providers.registry import PROVIDERS
from providers.verifying.verifier import Verifier
from runtime.settings.group import Group
from runtime.settings.kinds import Secret
from runtime.settings.task_apis import TaskApis, key_variable

Demand = Literal["off", "record", "require"]
# While secrets are exchanged there are two.
KEYS_MOST = 8


class SignatureSettings(NamedTuple):
    """What is demanded of one provider's signatures, and what they are checked with."""

    demand: Demand
    keys: tuple[bytes, ...] = ()
    key_set: str = ""


class SignatureGroups(Mapping[str, SignatureSettings]):
    """The settings of every provider that signs, by the provider's name."""

    def __init__(self, told: Mapping[str, SignatureSettings]) -> None:
        self._told = told

    def __getitem__(self, provider: str) -> SignatureSettings:
        return self._told[provider]

    def __iter__(self) -> Iterator[str]:
        return iter(self._told)

    def __len__(self) -> int:
        return len(self._told)

    def signed(self, provider: str, body: bytes, now: datetime) -> Mapping[str, str]:
        """The headers of a callback that we send ourselves, with the first secret; none where there is none."""
        known, told = PROVIDERS[provider].verifier, self._told.get(provider)
        if known is None or known.sign is None or told is None or not told.keys:
            return {}
        return known.sign(told.keys[0], body, now)

    def requires(self, provider: str) -> bool:
        """Whether a callback without a good signature is not taken."""
        told = self._told.get(provider)
        return told is not None and told.demand == "require"

    def secret(self, provider: str) -> str:
        """The first secret, for a provider that is given it with each request; empty where it takes none, or there is none."""
        told = self._told.get(provider)
        if PROVIDERS[provider].wire.secret_key is None or told is None or not told.keys:
            return ""
        return told.keys[0].decode()

    @classmethod
    def groups(cls) -> tuple[type[Group], ...]:
        """A group a provider that signs."""
        return tuple(signature_group_of(provider) for provider in _signing())

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Read all of them. Raises SettingsRefused, with every problem of every provider's."""
        told: dict[str, SignatureSettings] = {}
        problems: list[str] = []
        for provider in _signing():
            try:
                read = signature_group_of(provider).read(environment)
            except SettingsRefused as refusal:
                problems += refusal.problems
                continue
            demand, other = msgspec.structs.astuple(read)
            assert provider.verifier is not None
            told[provider.name] = (
                SignatureSettings(demand, key_set=other)
                if provider.verifier.key_set
                else SignatureSettings(demand, tuple(_keys_in(provider.verifier, other)))
            )
        if problems:
            raise SettingsRefused(problems)
        return cls(told)


def unconfirmed(signatures: SignatureGroups, apis: TaskApis) -> Iterator[str]:
    """Signatures that are required and leave the body uncovered, of providers that nobody can ask: sentences without a value."""
    for provider in PROVIDERS.values():
        if provider.needs_confirming and signatures.requires(provider.name) and not apis[provider.name].key:
            yield (
                f"{demand_variable(provider)} is `require`, and {key_variable(provider)} is not set: what {provider.title} signs "
                "leaves the links uncovered, so the task is asked for before they are trusted. "
                "Expected: the API key, or `record`"
            )


def demand_variable(provider: Provider) -> str:
    """The variable of what is demanded of a provider's signatures."""
    return f"{_prefix(provider)}_SIGNATURES"


def keys_variable(provider: Provider) -> str:
    """The variable of the secrets that a provider signs with, or of where it publishes its keys."""
    assert provider.verifier is not None
    return f"{_prefix(provider)}_{'KEY_SET' if provider.verifier.key_set else 'SIGNING_KEYS'}"


@cache
def signature_group_of(provider: Provider) -> type[Group]:
    """The group of one provider that signs."""
    verifier, title = provider.verifier, provider.title
    assert verifier is not None
    demand = Annotated[
        Demand,
        Meta(
            description=f"What is demanded of {title}'s signatures: off, record (the manifest says what a check came to) or require (without a good one a callback is a dead letter)."
        ),
    ]
    secrets = Annotated[
        Secret,
        Meta(
            description=f"The {'secrets' if verifier.sign else 'public keys of the ones'} that {title} signs callbacks with, parted by commas; two while they are exchanged."
        ),
    ]
    key_set = Annotated[
        str,
        Meta(pattern=r"^https?://.+$", description=f"Where {title} publishes the keys that it signs with."),
    ]
    made: Any = msgspec.defstruct(
        f"{title.replace(' ', '').replace('.', '')}SignatureSettings",
        [
            (demand_variable(provider).lower(), demand, "record"),
            (keys_variable(provider).lower(), key_set, verifier.key_set)
            if verifier.key_set
            else (keys_variable(provider).lower(), secrets, Secret("")),
        ],
        bases=(Group,),
        namespace={
            "__doc__": f"How {title} proves that a callback is its own.",
            "contradictions": classmethod(_contradictions(provider)),
        },
        frozen=True,
        kw_only=True,
    )
    group: type[Group] = made
    return group


def _contradictions(provider: Provider) -> Any:
    """Secrets that are none, and a demand that nothing can meet."""
    demand, keys, verifier = demand_variable(provider), keys_variable(provider), provider.verifier
    assert verifier is not None

    def contradictions(
        group: type[Group], values: Mapping[str, Any], environment: Mapping[str, str]
    ) -> Iterator[str]:
        del group, environment
        told = values.get(keys.lower())
        if not isinstance(told, Secret):
            return
        try:
            known = list(_keys_in(verifier, told))
        except ValueError as error:
            yield f"{keys}: {error}. Expected: the {'secret' if verifier.sign else 'public key'} as {provider.title} shows it"
            return
        if len(known) > KEYS_MOST:
            yield f"{keys} has {len(known)} secrets, at most {KEYS_MOST}"
        if not known and values.get(demand.lower()) == "require":
            yield f"{demand} is `require`, and {keys} is not set: no callback could be taken"

    return contradictions


def _keys_in(verifier: Verifier, told: Secret) -> Iterator[bytes]:
    """The keys of a list of secrets. Raises ValueError."""
    for word in told.reveal().split(","):
        if word.strip():
            yield verifier.key_of(word.strip())


def _signing() -> list[Provider]:
    return [provider for provider in PROVIDERS.values() if provider.verifier is not None]


def _prefix(provider: Provider) -> str:
    return provider.name.replace("-", "_").upper()
