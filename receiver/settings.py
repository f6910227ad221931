"""What a receiver reads of the environment."""

from __future__ import annotations

from runtime.settings.address import ListeningSettings
from runtime.settings.door import DoorSettings
from runtime.settings.keys import KeySettings
from runtime.settings.log import LogSettings
from runtime.settings.metrics import MetricsSettings
from runtime.settings.queue import QueueSettings
from runtime.settings.settings import Settings
from runtime.settings.store import StoreSettings


class ReceiverSettings(Settings, frozen=True):
    """The groups of a receiver."""

    store: StoreSettings
    queue: QueueSettings
    keys: KeySettings
    listening: ListeningSettings
    door: DoorSettings
    log: LogSettings
    metrics: MetricsSettings
