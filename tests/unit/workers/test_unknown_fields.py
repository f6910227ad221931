"""Fields that a newer version wrote: kept by whatever an older worker does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec import structs

from archive import layout
from archive.reasons import Reason
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Delivery
from archive.records.manifest import Manifest
from archive.records.order import Claims as TicketClaims
from archive.records.order import Order
from archive.records.work import Work
from tests.fakes.newer import NewerVersion
from tests.fakes.words import DAY, NOW, TASK, delivery, heard, kept, lost, manifest, work
from tests.unit.workers.office import Office, offices, told
from tests.unit.workers.shop import LETTER, MANIFEST, THREE, Shop
from workers.account import Account
from workers.leases import Leases

INBOX = layout.inbox_key(layout.batch_id(NOW))
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


@pytest.fixture
def office() -> Iterator[Office]:
    yield from offices()


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
    shop.keep.bury(
        DAY, structs.replace(LETTERS, lost=(lost(0), lost(1)), notifications=(heard(2),)), Account()
    )
    assert newer.wrote == newer.finds(shop.bucket.get(LETTER).body)

    # An image of it is kept: the letter is shortened, and says the rest as it was said.
    before = shop.letter()
    shop.keep.commit(DAY, manifest(kept(0), lost(1), notifications=(heard(3),)), Account())
    shop.keep.bury(DAY, structs.replace(LETTERS, lost=(lost(1),), notifications=(heard(2),)), Account())
    after = shop.letter()
    assert [1] == [asset.index for asset in after.lost]
    assert before.lost[1] == after.lost[0]
    assert (before.unknown, before.work, before.notifications) == (
        after.unknown,
        after.work,
        after.notifications,
    )

    # The task is whole: its manifest takes the story over.
    shop.keep.commit(
        DAY, manifest(kept(0), kept(1), notifications=(heard(4),), closed=("origin-a",)), Account()
    )
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
    claims = Leases(shop.bucket, lease_s=240, run_s=150)
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
    shop.due.do(put_off)
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
