"""Every setting of every process: for whoever checks them all, and for what follows from a setting's type."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from providers.registry import PROVIDERS
from runtime.settings.address import AddressSettings, ListeningSettings
from runtime.settings.asking import AskingSettings
from runtime.settings.catalogue import CatalogueSettings
from runtime.settings.console import ConsoleDoorSettings
from runtime.settings.door import DoorSettings
from runtime.settings.downloads import DownloadSettings
from runtime.settings.egress import EgressSettings
from runtime.settings.gateways import GatewaySettings
from runtime.settings.group import is_secret, variable
from runtime.settings.index import IndexSettings
from runtime.settings.keys import KeySettings
from runtime.settings.log import LogSettings
from runtime.settings.metrics import MetricsSettings
from runtime.settings.queue import QueueSettings
from runtime.settings.settings import Settings, fields_of
from runtime.settings.signatures import SignatureGroups, unconfirmed
from runtime.settings.store import StoreSettings
from runtime.settings.task_apis import TaskApis
from runtime.settings.work import SweepSettings, WorkSettings


class EverySetting(Settings, frozen=True):
    """All groups."""

    store: StoreSettings
    queue: QueueSettings
    keys: KeySettings
    address: AddressSettings
    listening: ListeningSettings
    door: DoorSettings
    console: ConsoleDoorSettings
    work: WorkSettings
    sweep: SweepSettings
    downloads: DownloadSettings
    asking: AskingSettings
    egress: EgressSettings
    gateways: GatewaySettings
    task_apis: TaskApis
    signatures: SignatureGroups
    index: IndexSettings
    catalogue: CatalogueSettings
    log: LogSettings
    metrics: MetricsSettings

    def contradictions(self) -> Iterator[str]:
        """Signatures that are required, and say nothing of the links that nobody can ask for."""
        yield from unconfirmed(self.signatures, self.task_apis)


def names() -> tuple[str, ...]:
    """The variables of all settings, those of declared gateways among them."""
    return _names(PROVIDERS.digest)


@functools.cache  # it is asked for each variable of a shell
def _names(_declared: str) -> tuple[str, ...]:
    return tuple(variable(field) for field in fields_of(EverySetting))


def secret_names() -> Iterator[str]:
    """The variables of those settings that are secrets."""
    return (variable(field) for field in fields_of(EverySetting) if is_secret(field))
