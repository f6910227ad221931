"""What the console reads of the environment."""

from __future__ import annotations

from runtime.settings.address import AddressSettings, ListeningSettings
from runtime.settings.catalogue import CatalogueSettings
from runtime.settings.console import ConsoleDoorSettings
from runtime.settings.index import IndexSettings
from runtime.settings.keys import KeySettings
from runtime.settings.log import LogSettings
from runtime.settings.metrics import MetricsSettings
from runtime.settings.queue import QueueSettings
from runtime.settings.settings import Settings
from runtime.settings.store import StoreSettings


class ConsoleSettings(Settings, frozen=True):
    """The groups of the console."""

    store: StoreSettings
    queue: QueueSettings
    keys: KeySettings
    console: ConsoleDoorSettings
    address: AddressSettings
    listening: ListeningSettings
    catalogue: CatalogueSettings
    index: IndexSettings
    log: LogSettings
    metrics: MetricsSettings
