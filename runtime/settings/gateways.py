"""The file of gateways: providers that are declared, and not written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from msgspec import Meta

from archive.errors import SettingsRefused
from runtime.gateways import read_gateways
from runtime.settings.group import Group


class GatewaySettings(Group, frozen=True, kw_only=True):
    """Gateways that no provider's file is written for."""

    gateways_file: Annotated[
        str,
        Meta(
            description="A TOML file that declares gateways by JSON pointers (docs/generic.md); the same for receiver, workers, console and command."
        ),
    ] = ""

    @classmethod
    def contradictions(cls, values: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[str]:
        """Every mistake in the file."""
        del environment
        try:
            read_gateways(values.get("gateways_file", ""))
        except SettingsRefused as refusal:
            yield from refusal.problems
