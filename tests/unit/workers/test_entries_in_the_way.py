"""An entry that nobody can read stands where another is to be put: it holds nothing up, and goes to dead/."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from archive import layout
from archive.records.work import Work
from tests.fakes.words import NOW, delivery, work
from tests.unit.workers.office import Office, offices
from tests.unit.workers.shop import Shop
from workers.leases import Leases


@pytest.fixture
def office() -> Iterator[Office]:
    yield from offices()


def test_settle_puts_its_work_beside_it(office: Office) -> None:
    office.take(delivery())
    [key] = office.keys("due/")
    office.bucket.put(key, b"rubbish")
    office.take(delivery())

    beside = [each for each in office.keys("due/") if each != key]
    assert 1 == len(beside)
    assert delivery().id == Work.from_json(office.bucket.get(beside[0]).body).heard[0].delivery_id


def test_a_claim_that_meets_it_is_none_and_the_next_one_is_made(shop: Shop) -> None:
    claims = Leases(shop.bucket, lease_s=240, run_s=150)
    key = shop.put(work(), after_s=-1)
    claimed = claims.take(key, work())
    assert claimed is not None
    shop.bucket.put(claimed[0], b"rubbish")
    shop.put(work(), after_s=-1)

    assert claims.take(key, work()) is None
    assert key in shop.keys("due/")
    shop.due.do(claimed[0])
    assert [key] == shop.keys("due/")
    shop.now = NOW + timedelta(seconds=31)
    assert claims.take(key, work()) is not None
    assert layout.read_due_key(shop.keys("due/")[0]).when > shop.now
