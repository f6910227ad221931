"""An older worker among records of a newer version: those of a newer schema are left alone, fields are kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from msgspec import structs

from archive import layout
from archive.asset import LostAsset
from archive.bucket import Stored
from archive.dead_letter import DeadLetter
from archive.delivery import Delivery, Replay
from archive.errors import NewerRecord
from archive.manifest import Manifest
from archive.order import Claims as TicketClaims
from archive.order import Order
from archive.order_record import OrderRecord
from archive.reasons import Reason
from archive.work import Work
from tests.fakes.bucket import MemoryBucket
from tests.fakes.doorbell import SilentDoorbell
from tests.fakes.newer import NewerVersion, of_schema_2
from tests.fakes.words import DAY, NOW, TASK, body, delivery, heard, kept, lost, manifest, work
from tests.unit.workers.office import Office, offices, told
from tests.unit.workers.shop import LETTER, MANIFEST, THREE, Shop
from workers.claim import Claims
from workers.left_alone import FIRST_S, KEYS_MOST, MOST_S, LeftAlone
from workers.sweep import Sweep

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
        shop.archive.archive(key, newer if bell == "with the entry" else None)
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
        shop.archive.archive(entry)
    assert shop.now > work().expires_at
    assert newer == shop.bucket.get(key).body
    # Each image was fetched once at most; what was done stands in the work.
    assert len(shop.fetcher.fetched) <= len(THREE)

    # The newer version is rolled back, or has brought the record to an end.
    shop.bucket.delete(key)
    [entry] = shop.keys("due/")
    shop.now = layout.read_due_key(entry).when
    shop.archive.archive(entry)
    assert [] == shop.keys("due/")
    assert (2, 1) == (len(shop.manifest().kept), len(shop.letter().lost))


def test_a_claim_of_a_newer_version_is_left_to_it(shop: Shop) -> None:
    key = shop.put(work(), after_s=-1)
    claims = Claims(shop.bucket, lease_s=240, run_s=150)
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


# A sweep among them.


class CountingBucket(MemoryBucket):
    """Counts what is read, at a time that stands still."""

    def __init__(self) -> None:
        super().__init__()
        self.reads, self.at = 0, NOW

    def get(self, key: str) -> Stored:
        self.reads += 1
        return super().get(key)

    def now(self) -> datetime:
        return self.at


class Rounds:
    """A sweep whose process leaves keys alone by a clock that the test turns."""

    def __init__(self) -> None:
        self.bucket, self.doorbell, self.turned_s = CountingBucket(), SilentDoorbell(), 0.0
        self.left_alone = LeftAlone(lambda: self.turned_s)
        self.sweep = Sweep(
            self.bucket,
            self.doorbell,
            threads=1,
            lease_s=240,
            grace_s=60,
            idle_s=15,
            busy_s=2,
            retry_most_s=3600,
            left_alone=self.left_alone,
        )


def test_newer_entries_are_not_rung_hold_up_no_other_and_are_read_seldom(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rounds = Rounds()
    for number in range(50):
        key = layout.due_key(NOW - timedelta(hours=1), "evolink", TASK, f"newer-{number:02d}")
        rounds.bucket.put(key, of_schema_2(work().to_json()))
    live = layout.due_key(NOW - timedelta(seconds=1), "evolink", TASK, "live")
    rounds.bucket.put(live, work().to_json())
    rounds.sweep.tick()

    assert [live] == rounds.doorbell.rung
    rounds.bucket.delete(live)
    for minute in range(24 * 60):
        rounds.turned_s = 60.0 * minute
        rounds.sweep.tick()
    assert [live] == rounds.doorbell.rung
    # Once, then after 1, 2, 4 ... minutes, and every hour.
    assert rounds.bucket.reads < 50 * 32
    assert len(caplog.records) < 32


def test_a_batch_that_settle_left_alone_is_not_rung_before_its_time() -> None:
    rounds = Rounds()
    key = layout.inbox_key(layout.batch_id(NOW - timedelta(hours=1)))
    rounds.bucket.put(key, b"")
    rounds.bucket.at = NOW + timedelta(days=9999)
    rounds.left_alone.note(key)
    rounds.sweep.tick()
    assert [] == rounds.doorbell.rung

    rounds.turned_s = FIRST_S + 1
    rounds.sweep.tick()
    assert [key] == rounds.doorbell.rung


def test_what_is_left_alone_is_remembered_within_bounds() -> None:
    left = LeftAlone(lambda: 0.0)
    for number in range(KEYS_MOST + 1):
        left.note(str(number))

    assert not left.rests("0")
    assert left.rests("1")


def test_the_distances_end_at_the_longest() -> None:
    now_s, looks = 0.0, 0
    left = LeftAlone(lambda: now_s)
    while now_s < 100 * MOST_S:
        if not left.rests("k"):
            looks += 1
            left.note("k")
        now_s += FIRST_S
    assert 100 <= looks <= 108


# Unknown fields: kept by whatever a worker does.


def test_a_run_keeps_what_a_newer_version_wrote_of_a_task(shop: Shop) -> None:
    newer = NewerVersion()
    shop.bucket.put(
        MANIFEST,
        newer.rewritten(
            manifest(
                kept(0), lost(1, "files.evolink.ai/a/1.png"), billing={"since_2": 1}, order=Order(prompt="p")
            ).to_json()
        ),
    )
    shop.do(work(sources=THREE, heard=(heard(2),), origin="origin-b"))

    assert shop.manifest().whole
    assert newer.wrote == newer.finds(shop.bucket.get(MANIFEST).body)
    assert 2 == len(shop.manifest().notifications)


def test_a_run_that_changes_nothing_writes_nothing(shop: Shop) -> None:
    shop.do(work())
    newer = NewerVersion()
    there = newer.rewritten(shop.bucket.get(MANIFEST).body)
    shop.bucket.put(MANIFEST, there)
    shop.do(work())

    assert there == shop.bucket.get(MANIFEST).body


def test_a_letter_is_buried_shortened_and_taken_over_with_all_that_is_said_in_it(shop: Shop) -> None:
    newer = NewerVersion()
    shop.bucket.put(LETTER, newer.rewritten(structs.replace(LETTERS, lost=(lost(0), lost(1))).to_json()))
    shop.keep.bury(DAY, structs.replace(LETTERS, lost=(lost(0), lost(1)), notifications=(heard(2),)))
    assert newer.wrote == newer.finds(shop.bucket.get(LETTER).body)

    # An image of it is kept: the letter is shortened, and says the rest as it was said.
    before = shop.letter()
    shop.keep.commit(DAY, manifest(kept(0), lost(1), notifications=(heard(3),)))
    shop.keep.bury(DAY, structs.replace(LETTERS, lost=(lost(1),), notifications=(heard(2),)))
    after = shop.letter()
    assert [1] == [asset.index for asset in after.lost]
    assert before.lost[1] == after.lost[0]
    assert (before.unknown, before.work, before.notifications) == (
        after.unknown,
        after.work,
        after.notifications,
    )

    # The task is whole: its manifest takes the story over.
    shop.keep.commit(DAY, manifest(kept(0), kept(1), notifications=(heard(4),), closed=("origin-a",)))
    assert shop.manifest().whole
    assert [] == shop.keys("dead/")
    told = newer.finds(*(each.to_json() for each in after.notifications))
    assert told == newer.finds(shop.bucket.get(MANIFEST).body) != set()


def test_work_is_claimed_put_off_and_given_up_with_all_that_is_said_in_it(shop: Shop) -> None:
    newer = NewerVersion()
    key = shop.put(work(), after_s=-1)
    shop.bucket.put(
        key, newer.rewritten(work(order=Order(model="m"), kept=(kept(),), sources=THREE).to_json())
    )
    claims = Claims(shop.bucket, lease_s=240, run_s=150)
    claimed = claims.take(key, Work.from_json(shop.bucket.get(key).body))
    assert claimed is not None
    assert newer.wrote == newer.finds(shop.bucket.get(claimed[0]).body)

    claims.put_off(*claimed, NOW)
    [put_off] = shop.keys("due/")
    assert newer.wrote == newer.finds(shop.bucket.get(put_off).body)

    for index in range(3):
        shop.fetcher.verdicts[index] = lost(index, THREE[index].removeprefix("https://").split("?")[0])
    shop.bucket.put(
        put_off, structs.replace(Work.from_json(shop.bucket.get(put_off).body), kept=()).to_json()
    )
    shop.archive.archive(put_off)
    again = shop.letter().work
    assert again is not None
    there = Work.from_json(newer.rewritten(work().to_json()))
    assert set(there.unknown or ()) == set(again.unknown or ())
    assert newer.finds(again.to_json()) >= newer.finds(*(each.to_json() for each in again.heard)) != set()


def test_an_unreadable_delivery_is_buried_with_all_that_is_said_in_it(office: Office) -> None:
    newer = NewerVersion()
    line = newer.rewritten(delivery(1, b"rubbish", claims=TicketClaims(n=2)).to_json())
    office.bucket.put(INBOX, Delivery.from_json(line).to_json())
    office.settle.settle(INBOX)

    [key] = office.keys("dead/")
    assert newer.wrote == newer.finds(office.bucket.get(key).body)


def test_a_manifest_that_is_told_of_its_order_afterwards_keeps_what_a_newer_version_said(
    office: Office,
) -> None:
    newer = NewerVersion()
    office.bucket.put(MANIFEST, newer.rewritten(manifest(kept()).to_json()))
    office.take(told())
    office.ask()

    assert office.manifest().order is not None
    assert newer.wrote == newer.finds(office.bucket.get(MANIFEST).body)
    assert Manifest.from_json(office.bucket.get(MANIFEST).body).whole
