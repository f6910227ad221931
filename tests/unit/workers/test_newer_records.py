"""An older worker among records of a newer version: those of a newer schema are left alone, fields are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from archive import layout
from archive.errors import NewerRecord
from archive.reasons import Reason
from archive.records.asset import LostAsset
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Replay
from archive.records.order import Order
from archive.records.order_record import OrderRecord
from archive.records.work import Work
from tests.fakes.bucket import MemoryBucket
from tests.fakes.newer import of_schema_2
from tests.fakes.words import DAY, NOW, TASK, body, delivery, heard, kept, lost, manifest, work
from tests.unit.workers.office import Office, offices, told
from tests.unit.workers.shop import LETTER, MANIFEST, THREE, Shop
from workers.leases import Leases

INBOX = layout.inbox_key(layout.batch_id(NOW))
ORDER = layout.order_key("evolink", TASK)
LETTERS = DeadLetter(
    reason=Reason.SOURCE_GONE,
    at=NOW,
    provider="evolink",
    task_id=TASK,
    lost=(lost(),),
    notifications=(heard(),),
    closed=("origin-a",),
    work=work(),
)
RECORD = OrderRecord(
    provider="evolink", task_id=TASK, order=Order(prompt="p"), told_at=NOW, delivery_id="01ORDER"
)


@pytest.fixture
def office() -> Iterator[Office]:
    yield from offices()


def _records(bucket: MemoryBucket) -> dict[str, bytes]:
    return {key: stored.body for key, stored in bucket.objects.items() if not key.startswith("catalog/")}


# A newer schema: left alone.


@pytest.mark.parametrize("bell", ["with the entry", "alone"])
def test_a_due_entry_of_a_newer_schema_stays_as_it_is(shop: Shop, bell: str) -> None:
    key = shop.put(work())
    newer = of_schema_2(work().to_json())
    shop.bucket.put(key, newer)

    with pytest.raises(NewerRecord, match=key):
        shop.due.do(key, newer if bell == "with the entry" else None)
    assert {key: newer} == _records(shop.bucket)
    assert [] == shop.fetcher.fetched


@pytest.mark.parametrize(
    ("key", "stands"),
    [(MANIFEST, manifest(kept()).to_json()), (LETTER, LETTERS.to_json()), (ORDER, RECORD.to_json())],
    ids=["manifest", "letter", "order"],
)
def test_work_that_meets_a_newer_record_is_put_off_and_told(shop: Shop, key: str, stands: bytes) -> None:
    newer = of_schema_2(stands)
    shop.bucket.put(key, newer)
    shop.fetcher.verdicts[1] = LostAsset(
        index=1, reason=Reason.SOURCE_GONE, source="files.evolink.ai/a/1.png"
    )
    shop.do(work(sources=THREE, ordered=True))

    for _ in range(60):
        [entry], [left] = shop.keys("due/"), shop.dues()
        assert "newer_record" in str(left.trouble)
        assert key in str(left.trouble)
        assert (False, 0) == (left.leased, left.silent_endings)
        shop.now = layout.read_due_key(entry).when
        shop.due.do(entry)
    assert shop.now > work().expires_at
    assert newer == shop.bucket.get(key).body
    # Each image was fetched once at most; what was done stands in the work.
    assert len(shop.fetcher.fetched) <= len(THREE)

    # The newer version is rolled back, or has brought the record to an end.
    shop.bucket.delete(key)
    [entry] = shop.keys("due/")
    shop.now = layout.read_due_key(entry).when
    shop.due.do(entry)
    assert [] == shop.keys("due/")
    assert (2, 1) == (len(shop.manifest().kept), len(shop.letter().lost))


def test_a_claim_of_a_newer_version_is_left_to_it(shop: Shop) -> None:
    key = shop.put(work(), after_s=-1)
    claims = Leases(shop.bucket, lease_s=240, run_s=150)
    claimed = claims.take(key, work())
    assert claimed is not None
    newer = of_schema_2(shop.bucket.get(claimed[0]).body)
    shop.bucket.put(claimed[0], newer)
    shop.put(work(), after_s=-1)

    with pytest.raises(NewerRecord):
        claims.take(key, work())
    assert newer == shop.bucket.get(claimed[0]).body
    assert key in shop.keys("due/")


def test_one_newer_line_holds_up_no_other_line_and_stays_with_its_batch(office: Office) -> None:
    lines = [delivery(1), delivery(2, b"rubbish"), told(3), delivery(4, body("failed", id=TASK + "x"))]
    newer = of_schema_2(delivery(5).to_json())
    batch = b"\n".join([newer, *(line.to_json() for line in lines)]) + b"\n"
    office.bucket.put(INBOX, batch)

    for _ in range(3):
        with pytest.raises(NewerRecord, match=INBOX):
            office.settle.settle(INBOX)
    assert batch == office.bucket.get(INBOX).body
    assert 2 == len(office.keys("due/"))
    assert 1 == len(office.keys("orders/"))
    assert 1 == len(office.keys("dead/"))
    assert 1 == len(office.keys("tasks/"))
    # Only the first of the three went through the lines again.
    assert 1 == len(office.doorbell.rung)


@pytest.mark.parametrize("bell", ["with the batch", "alone"])
def test_an_ending_for_a_newer_manifest_waits_in_its_batch(office: Office, bell: str) -> None:
    newer = of_schema_2(manifest(kept()).to_json())
    office.bucket.put(MANIFEST, newer)
    batch = delivery(1, body("failed")).to_json()
    office.bucket.put(INBOX, batch)

    with pytest.raises(NewerRecord):
        office.settle.settle(INBOX, batch if bell == "with the batch" else None)
    assert {MANIFEST: newer, INBOX: batch} == _records(office.bucket)


def test_a_letter_of_a_newer_version_outlives_a_replay_by_an_older_worker(office: Office) -> None:
    replayed = delivery(1, via="replay", replay=Replay(id="replay-1", at=NOW, who="me"))
    key = layout.dead_delivery_key(DAY, "evolink", replayed.id)
    newer = of_schema_2(LETTERS.to_json())
    office.bucket.put(key, newer)
    office.bucket.put(INBOX, replayed.to_json())

    with pytest.raises(NewerRecord):
        office.settle.settle(INBOX)
    assert newer == office.bucket.get(key).body


def test_an_unreadable_delivery_is_not_merged_into_a_newer_letter(office: Office) -> None:
    rubbish = delivery(1, b"rubbish")
    key = layout.dead_delivery_key(DAY, "evolink", rubbish.id)
    newer = of_schema_2(LETTERS.to_json())
    office.bucket.put(key, newer)
    office.bucket.put(INBOX, rubbish.to_json())

    with pytest.raises(NewerRecord):
        office.settle.settle(INBOX)
    assert newer == office.bucket.get(key).body
    assert INBOX in office.bucket.objects


def test_an_order_is_not_taken_for_bad_because_a_newer_version_wrote_the_first(office: Office) -> None:
    newer = of_schema_2(RECORD.to_json())
    office.bucket.put(ORDER, newer)
    office.bucket.put(INBOX, told().to_json())

    with pytest.raises(NewerRecord):
        office.settle.settle(INBOX)
    assert {ORDER: newer, INBOX: told().to_json()} == _records(office.bucket)


@pytest.mark.parametrize(
    ("key", "stands"),
    [(MANIFEST, manifest(kept()).to_json()), (LETTER, LETTERS.to_json()), (ORDER, RECORD.to_json())],
    ids=["manifest", "letter", "order"],
)
def test_asking_that_meets_a_newer_record_is_put_off_beyond_the_links_life(
    office: Office, key: str, stands: bytes
) -> None:
    office.take(told())
    newer = of_schema_2(stands)
    office.bucket.put(key, newer)
    for _ in range(40):
        office.ask()
    [entry] = office.keys("due/")

    assert office.now > NOW + timedelta(hours=25)
    assert "newer_record" in str(Work.from_json(office.bucket.get(entry).body).trouble)
    assert newer == office.bucket.get(key).body
