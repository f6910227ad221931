"""The keys of callback URLs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from msgspec import Meta

from archive.errors import SettingsRefused
from archive.tickets import TicketKeys, read_keys
from runtime.settings.group import Group
from runtime.settings.kinds import Secret


class KeySettings(Group, frozen=True, kw_only=True):
    """What signs callback URLs and bells."""

    ticket_keys: Annotated[
        Secret,
        Meta(
            description="Keys that sign callback URLs, the first one mints: id:secret[,id:secret]; `fixative url --new-key` makes one."
        ),
    ]

    @property
    def keys(self) -> TicketKeys:
        """The keys, the minting one first."""
        return read_keys(self.ticket_keys.reveal())

    @classmethod
    def contradictions(cls, values: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[str]:
        """What is no key."""
        del environment
        if "ticket_keys" in values:
            try:
                read_keys(values["ticket_keys"].reveal())
            except SettingsRefused as refusal:
                yield from refusal.problems
