"""The same work twice, and twice at the same time; and against others."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from msgspec import structs

from archive import layout
from archive.reasons import Reason
from archive.records.dead_letter import DeadLetter
from archive.records.dismissal import Dismissal
from tests.fakes.words import DAY, NOW, TASK, heard, kept, lost, manifest, work
from tests.unit.workers.shop import LETTER, MANIFEST, THREE, Shop
from workers.account import Account


def test_a_run_that_kept_nothing_leaves_no_word_of_what_another_kept(shop: Shop) -> None:
    """Another run of the same links has kept the first image; this one has it lost."""
    partial = manifest(
        kept(0, source="files.evolink.ai/a/0.png"),
        lost(1, "files.evolink.ai/a/1.png"),
        lost(2, "files.evolink.ai/a/2.png"),
    )
    shop.fetcher.verdicts = {index: lost(index, f"files.evolink.ai/a/{index}.png") for index in range(3)}
    shop.fetcher.meanwhile = lambda: shop.bucket.put(MANIFEST, partial.to_pretty_json())
    shop.do(work(sources=THREE, heard=(heard(2),)))

    assert [1, 2] == [asset.index for asset in shop.letter().lost]
    assert (heard(2),) == shop.letter().notifications


def test_the_same_work_twice_ends_the_same(shop: Shop) -> None:
    key = shop.put(work())
    shop.due.do(key, shop.bucket.get(key).body)
    first = shop.manifest()
    shop.due.do(key, work().to_json())

    assert first == shop.manifest()
    assert [] == shop.keys("due/") == shop.keys("dead/")


def test_a_duplicate_is_told_of_in_the_history_and_nothing_else_changes(shop: Shop) -> None:
    shop.do(work())
    shop.do(work(heard=(heard(2),)), after_s=241)

    assert (heard(1), heard(2)) == shop.manifest().notifications
    assert [] == shop.keys("due/") == shop.keys("dead/")


def test_other_images_for_a_whole_task_are_kept_as_a_conflict(shop: Shop) -> None:
    shop.do(work())
    before = shop.manifest()
    shop.do(
        work(
            sources=("https://files.evolink.ai/forged.png",), origin="origin-b", heard=(heard(2, "origin-b"),)
        )
    )

    assert before == shop.manifest()
    [key] = shop.keys("dead/")
    letter = DeadLetter.from_json(shop.bucket.get(key).body)
    assert (Reason.CONFLICTING_DELIVERY, "delivery-" in key) == (letter.reason, True)
    assert [] == shop.keys("due/")


def test_a_twin_that_finished_first_leaves_no_letter_beside_a_whole_manifest(shop: Shop) -> None:
    """The first run gives up; while it does, a twin of the same work has kept everything."""
    shop.fetcher.verdicts[0] = lost(0)
    shop.fetcher.meanwhile = lambda: shop.keep.commit(DAY, manifest(kept(0)), Account())
    shop.do(work(heard=(heard(2),)))

    assert shop.manifest().whole
    assert (heard(1), heard(2)) == shop.manifest().notifications
    assert [] == shop.keys("dead/")


def test_a_twin_that_gave_up_first_is_taken_over(shop: Shop) -> None:
    shop.fetcher.verdicts[0] = lost(0)
    shop.do(work(heard=(heard(2),)))
    shop.fetcher.verdicts = {}
    shop.do(work())

    assert (heard(1), heard(2)) == shop.manifest().notifications
    assert [] == shop.keys("dead/")


def test_a_failed_manifest_is_beaten_by_completed(shop: Shop) -> None:
    shop.keep.commit(
        DAY, manifest(status="failed", assets=(), notifications=(heard(7, "f"),), closed=("f",)), Account()
    )
    shop.do(work())

    assert ("completed", (heard(1), heard(7, "f"))) == (shop.manifest().status, shop.manifest().notifications)


def test_a_run_killed_right_after_its_manifest_is_ended_in_full_by_the_next(shop: Shop) -> None:
    """The manifest stands; catalogue line, dead letter and the DELETE of the entry are missing."""
    gone = lost(1, "files.evolink.ai/a/1.png")
    made = manifest(
        kept(0, source="files.evolink.ai/a/0.png"), gone, kept(2, source="files.evolink.ai/a/2.png")
    )
    shop.bucket.put(MANIFEST, made.to_pretty_json())
    shop.do(work(sources=THREE), after_s=-10)

    assert [] == shop.fetcher.fetched
    assert [1] == [asset.index for asset in shop.letter().lost]
    assert shop.keys("catalog/")
    assert [] == shop.keys("due/")


def test_sixteen_runs_at_once_end_as_one(shop: Shop) -> None:
    key = shop.put(work(sources=THREE))
    together = threading.Barrier(16)
    body = shop.bucket.get(key).body

    def run(_: int) -> None:
        together.wait(5)
        shop.due.do(key, body)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(run, range(16)))

    assert shop.manifest().whole
    assert [] == shop.keys("dead/") == shop.keys("due/")


def test_the_time_of_a_letter_does_not_go_back(shop: Shop) -> None:
    """A run sleeps between its verdict and its letter, while another gives up an image of other links."""
    later = NOW + timedelta(hours=1)
    asleep = DeadLetter(
        reason=Reason.SOURCE_GONE, at=NOW, provider="evolink", task_id=TASK, lost=(lost(0),), work=work()
    )
    shop.keep.bury(
        DAY, structs.replace(asleep, at=later, lost=(lost(1),), work=work(sources=THREE)), Account()
    )
    shop.keep.bury(DAY, asleep, Account())

    assert (later, 2) == (shop.letter().at, len(shop.letter().works))


def test_what_a_person_dismissed_is_not_opened_by_becoming_a_conflict(shop: Shop) -> None:
    """The links that were given up and dismissed are other images, once the task is whole with a later set."""
    for dismissed in (True, False):
        source = f"files.evolink.ai/{2 + dismissed}/0.png"
        told = heard(2 + dismissed, f"origin-{2 + dismissed}")
        shop.bucket.delete(MANIFEST)
        shop.fetcher.verdicts[0] = lost(0, source)
        shop.do(work(sources=(f"https://{source}",), origin=told.origin, heard=(told,)), after_s=-10)
        said = Dismissal(at=shop.letter().changed_at, who="ops@host", why="nobody wants it")
        closed = structs.replace(shop.letter(), dismissals=(said,) if dismissed else ())
        shop.bucket.put(LETTER, closed.to_pretty_json())
        shop.fetcher.verdicts = {}
        shop.do(work())

        conflict = layout.dead_delivery_key(DAY, "evolink", told.delivery_id)
        letter = DeadLetter.from_json(shop.bucket.get(conflict).body)
        assert (Reason.CONFLICTING_DELIVERY, said if dismissed else None) == (letter.reason, letter.dismissed)
        assert [conflict] == shop.keys("dead/")
        shop.bucket.delete(conflict)
