"""Only what a verb needs is demanded of the settings, and all that is wrong with it is said at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from archive import tickets
from archive.errors import SettingsRefused
from runtime.environment import said
from runtime.settings import Settings, description
from runtime.store_settings import StoreSettings

# What a verb may need, and the settings that are read for it, the demanded one first.
BUCKET = tuple(field.name for field in msgspec.structs.fields(StoreSettings))
# The lease is checked against the run, so both are read; the queues are of a bucket and a prefix.
QUEUE = (
    *("redis_url", "redis_sentinel_master", "redis_sentinel_password", "lease_s", "run_s"),
    *("s3_bucket", "s3_prefix"),
)
KEYS = ("ticket_keys",)
# Where the receiver itself listens tells a local stack from a public address.
DOOR = ("public_url", "host", "port", "tls_cert", "tls_key")
PUBLIC_URL = ("public_url",)
TASK_APIS = ("evolink_api", "evolink_api_key", "apiinone_api", "apiinone_api_key", "egress_proxy")

Need = tuple[str, ...]

# Stands in a Settings for what nobody asked for.
_NOT_NEEDED = {"s3_bucket": "not-needed", "redis_url": "redis://not-needed", "ticket_keys": "not-needed"}


def demanded(needs: Iterable[Need]) -> tuple[str, ...]:
    """The variables without which these needs cannot be met."""
    return tuple(need[0].upper() for need in needs if need is not TASK_APIS)


def settings_for(environment: Mapping[str, str], needs: Iterable[Need]) -> Settings:
    """The settings that these needs name; the others are not looked at.

    Raises:
        SettingsRefused: with every problem at once.
    """
    needs = tuple(needs)
    names = {name for need in needs for name in need}
    told = {name: environment[name] for name in environment if name.startswith("AWS_") and BUCKET in needs}
    for field in msgspec.structs.fields(Settings):
        variable = field.name.upper()
        if field.name in names and variable in environment:
            told[variable] = said(environment, variable)
        elif field.name not in names and field.required:
            told[variable] = _NOT_NEEDED[field.name]
    problems = list(_problems(told, names))
    if problems:
        raise SettingsRefused(problems)
    return Settings.from_environment(told)


def _problems(told: Mapping[str, str], names: set[str]) -> Iterable[str]:
    try:
        Settings.from_environment(told)
    except SettingsRefused as refusal:
        yield from refusal.problems
    if "ticket_keys" in names and told.get("TICKET_KEYS"):
        try:
            tickets.read_keys(told["TICKET_KEYS"])
        except SettingsRefused as refusal:
            yield from refusal.problems
    if "public_url" in names and not told.get("PUBLIC_URL"):
        yield f"PUBLIC_URL is not set. Expected: {_sentence('public_url')}"


def _sentence(name: str) -> str:
    return next(description(field) for field in msgspec.structs.fields(Settings) if field.encode_name == name)
