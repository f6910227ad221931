"""How a worker process is put together, as workers/app.py does; a planted flaw takes the place of one part."""

from __future__ import annotations

from dataclasses import dataclass

from tests.model.bells import ModelBucket
from tests.model.console import Console
from tests.model.door import Door
from tests.model.fetcher import OriginFetcher
from tests.model.in_place import ModelInPlace
from tests.model.sweep import ModelSweep
from tests.model.weather import Kind
from workers.archive_task import ArchiveTask
from workers.catalogue_lines import CatalogueJournal
from workers.close_task import CloseTask
from workers.keep import Keep
from workers.leases import Leases
from workers.settle import Settle


@dataclass(frozen=True)
class Parts:
    """The kinds of parts; without a flaw they are the product's own.

    A flaw shows soonest in its `weather`. `shown_by` is a seed that has shown it, where the tests begin: when the
    code has changed it may tell another story, and the next one that shows it is farther.
    """

    door: type[Door] = Door
    bucket: type[ModelBucket] = ModelBucket
    keep: type[Keep] = Keep
    close: type[CloseTask] = CloseTask
    catalogue: type[CatalogueJournal] = CatalogueJournal
    leases: type[Leases] = Leases
    fetcher: type[OriginFetcher] = OriginFetcher
    settle: type[Settle] = Settle
    in_place: type[ModelInPlace] = ModelInPlace
    archive: type[ArchiveTask] = ArchiveTask
    sweep: type[ModelSweep] = ModelSweep
    console: type[Console] = Console
    weather: Kind = "mild"
    shown_by: int = 0
