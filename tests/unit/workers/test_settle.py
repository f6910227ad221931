"""inbox batch -> due work, manifests of endings, dead letters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from archive import layout
from archive.errors import BucketUnavailable
from archive.reasons import Reason
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Delivery, Replay
from archive.records.manifest import Manifest
from archive.records.order import Claims
from archive.records.work import Work
from runtime.metrics.meters import Meters
from runtime.metrics.registry import SETTLED
from tests.fakes.bucket import MemoryBucket
from tests.fakes.doorbell import SilentDoorbell
from tests.fakes.words import CREATED_UNIX_S, DAY, NOW, TASK, body, delivery
from tests.unit.workers.waited_for import WaitedFor
from workers.keep import Keep
from workers.settle import Settle

INBOX = layout.inbox_key(layout.batch_id(NOW))


class Desk:
    """A settle with its bucket and bell."""

    def __init__(self, bucket: MemoryBucket) -> None:
        self.bucket, self.doorbell = bucket, SilentDoorbell()
        self.catalogue = WaitedFor(bucket)
        self.meters = Meters("worker")
        self.settle = Settle(
            bucket, Keep(bucket), self.catalogue, self.doorbell, lease_s=240.0, meters=self.meters
        )

    def take(self, *deliveries: Delivery | bytes, key: str = INBOX) -> None:
        lines = [line if isinstance(line, bytes) else line.to_json() for line in deliveries]
        self.bucket.put(key, b"\n".join(lines) + b"\n")
        self.settle.settle(key)

    def keys(self, under: str) -> list[str]:
        return [entry.key for entry in self.bucket.list(under)]

    def letters(self) -> list[DeadLetter]:
        return [DeadLetter.from_json(self.bucket.get(key).body) for key in self.keys("dead/")]

    def works(self) -> list[Work]:
        return [Work.from_json(self.bucket.get(key).body) for key in self.keys("due/")]


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk(MemoryBucket())
    yield desk
    desk.catalogue.close(5)


def test_a_completed_task_becomes_work_due_a_lease_after_its_batch(desk: Desk) -> None:
    desk.take(delivery(claims=Claims(size="1:1", label="shop")))

    [key], [work] = desk.keys("due/"), desk.works()
    assert NOW + timedelta(seconds=240) + work.spread == layout.read_due_key(key).when
    assert timedelta(0) <= work.spread < timedelta(seconds=1)
    assert ("https://files.evolink.ai/a/0.png?sig=1",) == work.sources
    assert (DAY, "shop") == (work.day, work.order.label if work.order else None)
    assert [] == desk.keys("inbox/")
    assert [key] == desk.doorbell.rung


def test_links_die_a_day_after_the_task_was_made_not_after_it_was_heard(desk: Desk) -> None:
    desk.take(delivery())

    assert CREATED_UNIX_S + 24 * 3600 == desk.works()[0].expires_at.timestamp()


def test_a_creation_time_that_cannot_be_is_not_believed(desk: Desk) -> None:
    desk.take(delivery(content=body(created=1_600_000_000)))

    assert NOW + timedelta(hours=24) == desk.works()[0].expires_at


def test_settling_twice_writes_the_same(desk: Desk) -> None:
    desk.take(delivery(1), delivery(2, b"rubbish"), delivery(3, body("failed", id=TASK + "x")))
    before = {
        key: stored.body for key, stored in desk.bucket.objects.items() if not key.startswith("catalog/")
    }
    desk.take(delivery(1), delivery(2, b"rubbish"), delivery(3, body("failed", id=TASK + "x")))

    assert before == {
        key: stored.body for key, stored in desk.bucket.objects.items() if not key.startswith("catalog/")
    }


def test_duplicates_in_one_batch_are_one_work_that_tells_of_both(desk: Desk) -> None:
    desk.take(delivery(2), delivery(1))

    [work] = desk.works()
    assert [delivery(1).id, delivery(2).id] == [told.delivery_id for told in work.heard]


def test_fresh_links_in_one_batch_are_a_work_of_their_own(desk: Desk) -> None:
    """Of two links that differ in their query alone, either may be the one that lives."""
    fresh = "https://files.evolink.ai/a/0.png?sig=fresh"
    desk.take(delivery(1), delivery(2, body(links=[fresh])))

    assert {("https://files.evolink.ai/a/0.png?sig=1",), (fresh,)} == {work.sources for work in desk.works()}
    assert 1 == len({work.origin for work in desk.works()})


def test_two_batches_of_the_same_millisecond_lose_no_delivery(desk: Desk) -> None:
    desk.take(delivery(1), key=layout.inbox_key(layout.batch_id(NOW)))
    desk.take(delivery(2), key=layout.inbox_key(layout.batch_id(NOW)))

    assert {delivery(1).id, delivery(2).id} == {
        told.delivery_id for work in desk.works() for told in work.heard
    }


@pytest.mark.parametrize(
    ("status", "kept"), [("failed", "failed"), ("cancelled", "cancelled"), ("canceled", "cancelled")]
)
def test_an_ending_gets_its_manifest_at_once(desk: Desk, status: str, kept: str) -> None:
    desk.take(delivery(content=body(status)))

    manifest = Manifest.from_json(desk.bucket.get(layout.manifest_key(DAY, "evolink", TASK)).body)
    assert (kept, [delivery().id]) == (manifest.status, [told.delivery_id for told in manifest.notifications])
    assert [] == desk.keys("due/") == desk.keys("inbox/")
    assert 1 == len(desk.keys("catalog/"))


def test_a_task_that_is_not_finished_is_dropped(desk: Desk) -> None:
    desk.take(delivery(content=body("processing")))

    assert [] == list(desk.bucket.list(""))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"rubbish", Reason.NOT_JSON),
        (b"[1]", Reason.NOT_AN_OBJECT),
        (b'{"status":"completed","results":["https://files.evolink.ai/a"]}', Reason.NO_TASK_ID),
        (body(id="../../etc/passwd"), Reason.BAD_TASK_ID),
        (body("melted"), Reason.UNKNOWN_STATUS),
        (body(links=[]), Reason.NO_SOURCES),
        (body(object="video.generation.task", type="video"), Reason.NOT_AN_IMAGE_TASK),
    ],
)
def test_what_nobody_can_read_is_kept_whole_with_its_reason(
    desk: Desk, content: bytes, reason: Reason
) -> None:
    desk.take(delivery(content=content))

    [letter] = desk.letters()
    assert (reason, content) == (letter.reason, letter.delivery.body if letter.delivery else None)
    assert [layout.dead_delivery_key(DAY, "evolink", delivery().id)] == desk.keys("dead/")
    assert [] == desk.keys("inbox/") == desk.keys("due/")


def test_a_line_that_fails_never_holds_up_its_neighbours(desk: Desk) -> None:
    desk.take(b"\xff not a delivery of ours", delivery(1, b"{"), delivery(2))

    assert {Reason.MALFORMED_RECORD, Reason.NOT_JSON} == {letter.reason for letter in desk.letters()}
    assert 1 == len(desk.works())
    assert [] == desk.keys("inbox/")


def test_an_unknown_provider_is_a_dead_letter(desk: Desk) -> None:
    desk.take(Delivery(id="01D", received_at=NOW, provider="nobody", body=body()))

    assert [Reason.UNKNOWN_PROVIDER] == [letter.reason for letter in desk.letters()]


def test_a_carried_batch_is_settled_without_being_read(desk: Desk) -> None:
    desk.settle.settle(INBOX, delivery().to_json())

    assert 1 == len(desk.works())


def test_a_batch_that_is_gone_was_settled_by_somebody_else(desk: Desk) -> None:
    desk.settle.settle(INBOX)

    assert [] == list(desk.bucket.list(""))


def test_a_redis_that_is_away_costs_nothing_but_the_bell(desk: Desk) -> None:
    desk.doorbell.away = True
    desk.take(delivery())

    assert 1 == len(desk.works())
    assert [] == desk.keys("inbox/")


def test_a_batch_that_could_not_be_placed_in_full_stays() -> None:
    class Full(MemoryBucket):
        def put_new(self, key: str, *args: object, **more: object) -> None:
            if key.startswith("due/"):
                raise BucketUnavailable("slow down")
            super().put_new(key, *args, **more)  # type: ignore[arg-type] # passed on as they came

    full = Desk(Full())
    with pytest.raises(BucketUnavailable):
        full.take(delivery(1), delivery(2, b"rubbish"))

    assert [INBOX] == full.keys("inbox/")
    assert [Reason.NOT_JSON] == [letter.reason for letter in full.letters()]
    full.catalogue.close(5)


def test_an_id_without_a_date_is_filed_under_the_day_of_its_first_delivery(desk: Desk) -> None:
    told = b'{"code":200,"data":{"task_id":"n41xxxx_flux2","status":"SUCCESS","response":["https://apiin.one/a.png"]}}'
    first = Delivery(id="01A", received_at=NOW, provider="apiinone", body=told)
    later = Delivery(id="01B", received_at=NOW + timedelta(days=3), provider="apiinone", body=told)
    desk.take(first)
    desk.take(later, key=layout.inbox_key(layout.batch_id(NOW + timedelta(days=3))))

    assert {DAY} == {work.day for work in desk.works()}


def test_a_replayed_delivery_takes_its_letter_along(desk: Desk) -> None:
    desk.take(delivery(content=body("melted")))
    desk.take(delivery(replay=Replay(id="replay-1", at=NOW, who="ops@host")))

    assert [] == desk.keys("dead/")
    assert 1 == len(desk.works())


def test_deliveries_are_counted_by_what_they_say(desk: Desk) -> None:
    desk.take(delivery(1), delivery(2, body("processing")), delivery(3, b"rubbish"))

    assert [1, 1, 1, 0] == [
        desk.meters.value(SETTLED, "evolink", each)
        for each in ("completed", "unfinished", "unreadable", "order")
    ]
