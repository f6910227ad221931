"""Where batches are settled in place: a shop whose settle works young ones itself."""

from __future__ import annotations

from datetime import timedelta

from archive import layout
from archive.records.delivery import Delivery
from tests.fakes.doorbell import SilentDoorbell
from tests.fakes.words import NOW
from tests.unit.workers.shop import Shop
from workers.asking.fresh_links import FreshLinks
from workers.asking.order_book import OrderBook
from workers.close_task import CloseTask
from workers.settle import Settle
from workers.settling.in_place import InPlace
from workers.settling.young_batch import BatchLease
from workers.ways_out import turn_for


class Stand(Shop):
    """A shop whose batches are settled by one who works the young ones in place."""

    def __init__(self) -> None:
        super().__init__()
        self.doorbell = SilentDoorbell()
        self.key = layout.inbox_key(layout.batch_id(NOW))
        self.settle = self.settled_with(FreshLinks({}))

    def settled_with(self, links: FreshLinks) -> Settle:
        in_place = InPlace(
            self.bucket,
            CloseTask(self.bucket, self.keep),
            self.fetcher,
            self.executor,
            turn_for=lambda work, deadline: turn_for(work, deadline, ()),
            links=links,
            orders=OrderBook(self.bucket),
            lease=BatchLease(timedelta(seconds=60)),
        )
        return Settle(self.bucket, self.keep, self.catalogue, self.doorbell, lease_s=240.0, in_place=in_place)

    def take(self, *deliveries: Delivery | bytes) -> None:
        lines = [line if isinstance(line, bytes) else line.to_json() for line in deliveries]
        self.bucket.put(self.key, b"\n".join(lines))
        self.settle.settle(self.key)
