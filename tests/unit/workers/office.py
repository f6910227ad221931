"""Settle and Ask over a bucket in memory, for the tests of orders."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec

from archive import layout
from archive.errors import ApiTrouble
from archive.reasons import Reason
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Delivery
from archive.records.manifest import Manifest
from archive.records.told_order import ToldOrder, delivery_of
from archive.records.work import Work
from runtime.metrics.meters import Meters
from tests.fakes.bucket import MemoryBucket
from tests.fakes.doorbell import SilentDoorbell
from tests.fakes.task_api import ScriptedAsker
from tests.fakes.words import DAY, NOW, TASK
from tests.unit.workers.waited_for import WaitedFor
from workers.asking.ask import Ask
from workers.asking.order_book import OrderBook
from workers.keep import Keep
from workers.later import Distances
from workers.leases import Leases
from workers.settle import Settle

REQUEST = {
    "model": "gpt-image-2",
    "prompt": "a lighthouse",
    "size": "1024x1536",
    "n": 2,
    "callback_url": "https://h/callbacks/evolink/ticket",
}
ORDER = layout.order_key("evolink", TASK)
MANIFEST = layout.manifest_key(DAY, "evolink", TASK)
LETTER = layout.dead_key(DAY, "evolink", TASK)
AWAY = ApiTrouble(Reason.API_TROUBLE, "503")


def told(number: int = 1, *, provider: str = "evolink", task_url: str | None = None, **more: Any) -> Delivery:
    request = {key: msgspec.Raw(json.dumps(value).encode()) for key, value in {**REQUEST, **more}.items()}
    order = ToldOrder(task_id=TASK, request=request, label="spring", who="a test", task_url=task_url)
    return delivery_of(order, provider, delivery_id=f"01ORDER{number:019d}", now=NOW)


class Office:
    """Settle and Ask over a bucket in memory, at a time that the test sets."""

    def __init__(self, *answers: bytes | Exception | None, ask_first_s: float = 600.0) -> None:
        self.bucket, self.doorbell, self.now = MemoryBucket(), SilentDoorbell(), NOW
        self.bucket.now = lambda: self.now  # type: ignore[method-assign] # the clock is the test's
        self.catalogue = WaitedFor(self.bucket)
        self.keep, self.orders = Keep(self.bucket), OrderBook(self.bucket)
        self.meters = Meters("worker")
        self.settle = Settle(
            self.bucket, self.keep, self.catalogue, self.doorbell, lease_s=240.0, ask_first_s=ask_first_s
        )
        self.asker = ScriptedAsker(*answers)
        self.asking = Ask(
            self.bucket,
            self.doorbell,
            Leases(self.bucket, lease_s=240, run_s=150),
            self.keep,
            self.catalogue,
            self.orders,
            {"evolink": self.asker} if answers else {},
            distances=Distances(ask_first_s, 3600),
            meters=self.meters,
        )

    def take(self, *deliveries: Delivery) -> None:
        key = layout.inbox_key(layout.batch_id(self.now))
        self.bucket.put(key, b"\n".join(delivery.to_json() for delivery in deliveries))
        self.settle.settle(key)

    def ask(self) -> None:
        """Do what is due next, when it is due."""
        key = self.keys("due/")[0]
        self.now = max(self.now, layout.read_due_key(key).when)
        self.asking.ask(key, Work.from_json(self.bucket.get(key).body))

    def work(self, key: str) -> Work:
        return Work.from_json(self.bucket.get(key).body)

    def keys(self, under: str) -> list[str]:
        return [entry.key for entry in self.bucket.list(under)]

    def statuses_due(self) -> list[str]:
        """What was heard, of all that is due."""
        works = [Work.from_json(self.bucket.get(key).body) for key in self.keys("due/")]
        return [heard.status for work in works for heard in work.heard]

    def letter(self) -> DeadLetter:
        return DeadLetter.from_json(self.bucket.get(LETTER).body)

    def manifest(self) -> Manifest:
        return Manifest.from_json(self.bucket.get(MANIFEST).body)

    def entered(self) -> list[Delivery]:
        return [
            Delivery.from_json(line)
            for key in self.keys("inbox/")
            for line in self.bucket.get(key).body.split(b"\n")
            if line
        ]


def offices(*answers: bytes | Exception | None) -> Iterator[Office]:
    office = Office(*answers)
    yield office
    office.catalogue.close(5)
