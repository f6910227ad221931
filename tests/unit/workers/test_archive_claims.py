"""Whose turn it is, and who may end the work."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from msgspec import structs

from archive import layout
from archive.records.work import Work
from tests.fakes.words import NOW, heard, kept, lost, work
from tests.unit.workers.shop import Shop
from workers.leases import Leases


def test_a_run_under_the_lease_of_settle_claims_nothing(shop: Shop) -> None:
    key = shop.put(work())
    seen: list[list[str]] = []
    shop.fetcher.meanwhile = lambda: seen.append(shop.keys("due/"))
    shop.due.do(key)

    assert [[key]] == seen
    assert 1 == shop.manifest().starts


def test_a_later_run_claims_counts_its_start_and_tells_the_silent_ending(shop: Shop) -> None:
    key = shop.put(work(), after_s=-10)
    seen: list[str] = []
    shop.fetcher.meanwhile = lambda: seen.extend(shop.keys("due/"))
    shop.due.do(key)

    [claimed] = seen
    lease = (layout.read_due_key(claimed).when - NOW).total_seconds()
    assert 480 <= lease <= 480 + 30
    assert (2, 1) == (shop.manifest().starts, shop.manifest().silent_endings)
    assert [] == shop.keys("due/")


def test_of_two_claims_on_one_entry_one_wins(shop: Shop) -> None:
    key = shop.put(work(), after_s=-10)
    entry = shop.bucket.get(key).body
    claims = Leases(shop.bucket, lease_s=240, run_s=150)
    first = claims.take(key, Work.from_json(entry))

    assert first is not None
    assert claims.take(key, Work.from_json(entry)) is None
    assert [first[0]] == shop.keys("due/")


def test_works_that_tell_of_other_deliveries_never_meet_on_one_key(shop: Shop) -> None:
    """Else the late DELETE of one could remove the other."""
    claims = Leases(shop.bucket, lease_s=240, run_s=150)
    one, other = work(heard=(heard(1),)), work(heard=(heard(2),))
    claims.take(shop.put(one, after_s=-10), one)
    claims.take(shop.put(other, after_s=-9), other)

    assert [(heard(1),), (heard(2),)] == sorted(
        (due.heard for due in shop.dues()), key=lambda told: told[0].delivery_id
    )


def test_an_entry_is_not_dropped_for_the_one_that_it_has_just_succeeded(shop: Shop) -> None:
    """A run has put its work off and is about to remove the claim it held; the next worker meets that claim."""
    claims = Leases(shop.bucket, lease_s=240, run_s=150)
    taken = claims.take(shop.put(work(), after_s=-10), work())
    assert taken is not None
    held, claimed = taken
    entry = shop.bucket.objects[held]
    claims.put_off(held, structs.replace(claimed, tries=1), NOW)
    shop.bucket.objects[held] = entry  # the DELETE is still on its way
    [successor] = [key for key in shop.keys("due/") if key != held]

    assert claims.take(successor, Work.from_json(shop.bucket.get(successor).body)) is None
    assert successor in shop.keys("due/")


def test_an_entry_whose_claimer_was_killed_in_between_goes(shop: Shop) -> None:
    claims = Leases(shop.bucket, lease_s=240, run_s=150)
    key = shop.put(work(), after_s=-10)
    entry = shop.bucket.objects[key]
    assert claims.take(key, work()) is not None
    shop.bucket.objects[key] = entry  # killed before its DELETE

    assert claims.take(key, work()) is None
    assert key not in shop.keys("due/")


def test_a_first_run_claims_before_it_gives_up(shop: Shop) -> None:
    """A twin under the same lease must not remove the entry of a run that is killed right after its letter."""
    key = shop.put(work())
    shop.fetcher.verdicts[0] = lost(0)
    seen: list[str] = []
    bury = shop.keep.bury

    def watched(*letter: Any) -> None:
        seen.extend(shop.keys("due/"))
        bury(*letter)

    shop.keep.bury = watched  # type: ignore[method-assign,assignment] # only watched
    shop.due.do(key)

    assert len(seen) == 1
    assert key not in seen
    assert (1, []) == (shop.letter().lost[0].tries, shop.keys("due/"))


def test_a_run_that_slept_through_its_lease_writes_nothing_when_others_have_ended_it(shop: Shop) -> None:
    key = shop.put(work())
    shop.fetcher.verdicts[0] = kept(0)

    def sleep() -> None:
        shop.now = NOW + timedelta(hours=1)
        shop.bucket.delete(key)

    shop.fetcher.meanwhile = sleep
    shop.due.do(key)

    assert [] == shop.keys("")


def test_work_that_is_planned_for_later_is_not_begun_by_a_stray_bell(shop: Shop) -> None:
    shop.do(work(leased=False, tries=1), after_s=600)

    assert [] == shop.fetcher.fetched
    assert 1 == len(shop.dues())
