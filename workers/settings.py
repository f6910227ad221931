"""What a worker reads of the environment."""

from __future__ import annotations

from collections.abc import Iterator

from runtime.settings.asking import AskingSettings
from runtime.settings.catalogue import CatalogueSettings
from runtime.settings.downloads import DownloadSettings
from runtime.settings.egress import EgressSettings
from runtime.settings.keys import KeySettings
from runtime.settings.log import LogSettings
from runtime.settings.metrics import MetricsSettings
from runtime.settings.queue import QueueSettings
from runtime.settings.settings import Settings
from runtime.settings.signatures import SignatureGroups, unconfirmed
from runtime.settings.store import StoreSettings
from runtime.settings.task_apis import TaskApis
from runtime.settings.work import SweepSettings, WorkSettings


class WorkerSettings(Settings, frozen=True):
    """The groups of a worker."""

    store: StoreSettings
    queue: QueueSettings
    keys: KeySettings
    work: WorkSettings
    sweep: SweepSettings
    catalogue: CatalogueSettings
    downloads: DownloadSettings
    asking: AskingSettings
    egress: EgressSettings
    task_apis: TaskApis
    signatures: SignatureGroups
    log: LogSettings
    metrics: MetricsSettings

    def contradictions(self) -> Iterator[str]:
        """Signatures that are required, and say nothing of the links that nobody can ask for."""
        yield from unconfirmed(self.signatures, self.task_apis)
