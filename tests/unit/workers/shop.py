"""An ArchiveTask over a bucket in memory, at a time that the test sets, with verdicts that it writes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from archive import layout
from archive.errors import TryLater
from archive.records.asset import KeptAsset, LostAsset
from archive.records.catalogue import CatalogueLine, LetterLine, Line, read_line
from archive.records.dead_letter import DeadLetter
from archive.records.manifest import Manifest
from archive.records.work import Work
from archive.store.bucket import Bucket
from archive.store.sums import digest
from runtime.metrics.meters import Meters
from tests.fakes.bucket import MemoryBucket
from tests.fakes.words import DAY, NOW, TASK, kept
from tests.unit.workers.waited_for import WaitedFor
from workers.archive_task import ArchiveTask
from workers.asking.fresh_links import FreshLinks
from workers.asking.order_book import OrderBook
from workers.close_task import CloseTask
from workers.due_work import DueWork
from workers.fetch_asset import FetchAsset
from workers.keep import Keep
from workers.later import Distances
from workers.leases import Leases
from workers.measuring.runs import Runs
from workers.turn import Turn
from workers.ways_out import turn_for

MANIFEST = layout.manifest_key(DAY, "evolink", TASK)
LETTER = layout.dead_key(DAY, "evolink", TASK)
THREE = tuple(f"https://files.evolink.ai/a/{index}.png?sig=1" for index in range(3))
Verdict = KeptAsset | LostAsset | TryLater


class ScriptedFetcher(FetchAsset):
    """A fetcher whose verdicts a test writes; whatever it says nothing of is kept."""

    def __init__(self) -> None:
        self.verdicts: dict[int, Verdict] = {}
        self.fetched: list[int] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def fetch(self, turn: Turn, index: int) -> KeptAsset | LostAsset:
        self.fetched.append(index)
        self.meanwhile()
        verdict = self.verdicts.get(index, _kept(turn.work, index))
        if isinstance(verdict, TryLater):
            raise verdict
        return verdict

    def fetch_once(self, turn: Turn, index: int) -> KeptAsset:
        verdict = self.fetch(turn, index)
        if isinstance(verdict, LostAsset):
            raise TryLater(verdict.reason)
        return verdict


def _kept(work_: Work, index: int) -> KeptAsset:
    source = work_.sources[index].removeprefix("https://").split("?")[0]
    return kept(index, sha256=digest(source.encode()), source=source)


class Shop:
    """An ArchiveTask over a bucket in memory, at a time that the test sets."""

    def __init__(self) -> None:
        self.bucket, self.fetcher = MemoryBucket(), ScriptedFetcher()
        self.now = NOW
        self.bucket.now = lambda: self.now  # type: ignore[method-assign] # the clock is the test's
        self.meters = Meters("worker")
        self.catalogue = WaitedFor(self.bucket)
        self.executor = ThreadPoolExecutor(4)
        self.keep = Keep(self.bucket)
        self.due = self._due(self.fetcher, FreshLinks({}))

    def _due(self, fetcher: FetchAsset, links: FreshLinks) -> DueWork:
        close = CloseTask(self.bucket, self.keep)
        archive = ArchiveTask(
            self.bucket,
            Leases(self.bucket, lease_s=240, run_s=150),
            close,
            self.catalogue,
            fetcher,
            self.executor,
            turn_for=lambda work_, deadline: turn_for(work_, deadline, ()),
            run_s=150,
            distances=Distances(30, 3600),
            links=links,
            orders=OrderBook(self.bucket),
            runs=Runs(self.meters),
        )
        return DueWork(
            self.bucket, {"archive": archive.archive}, bury=close.bury_entry, catalogue=self.catalogue
        )

    def put(self, work_: Work, after_s: float = 240) -> str:
        key = layout.due_key(NOW + timedelta(seconds=after_s), work_.provider, work_.task_id, work_.origin)
        self.bucket.put(key, work_.to_json())
        return key

    def do(self, work_: Work, after_s: float = 240) -> None:
        self.due.do(self.put(work_, after_s))

    def rest(self) -> None:
        """Let the first lease end: what was given up under it is looked at once more."""
        for key in self.keys("due/"):
            self.now = max(self.now, layout.read_due_key(key).when)
            self.due.do(key)

    def keys(self, under: str) -> list[str]:
        return [entry.key for entry in self.bucket.list(under)]

    def words(self) -> list[str]:
        """The keys of all that stands there, but for the catalogue."""
        return [key for key in self.keys("") if not key.startswith(layout.CATALOG)]

    def lines(self) -> list[CatalogueLine]:
        """What the catalogue tells of manifests."""
        return [line for line in told_in(self.bucket) if isinstance(line, CatalogueLine)]

    def letter_lines(self) -> list[LetterLine]:
        """What it tells of letters."""
        return [line for line in told_in(self.bucket) if isinstance(line, LetterLine)]

    def dues(self) -> list[Work]:
        return [Work.from_json(self.bucket.get(key).body) for key in self.keys("due/")]

    def manifest(self) -> Manifest:
        return Manifest.from_json(self.bucket.get(MANIFEST).body)

    def letter(self) -> DeadLetter:
        return DeadLetter.from_json(self.bucket.get(LETTER).body)


def told_in(bucket: Bucket) -> list[Line]:
    """All lines of the catalogue, in order."""
    bodies = [bucket.get(entry.key).body for entry in bucket.list(layout.CATALOG)]
    return [read_line(text) for body in bodies for text in body.splitlines()]
