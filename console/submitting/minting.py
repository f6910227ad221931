"""What minting a callback URL needs of the settings."""

from __future__ import annotations

from runtime.settings.address import ListeningSettings, PublicAddress
from runtime.settings.keys import KeySettings
from runtime.settings.settings import Settings


class Minting(Settings, frozen=True):
    """The keys, the public address, and where a receiver of this machine would listen."""

    keys: KeySettings
    address: PublicAddress
    listening: ListeningSettings
