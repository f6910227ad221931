"""due work -> images, manifest, catalogue line."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import structs

from archive import layout
from archive.errors import SourceTrouble, TryLater
from archive.reasons import Reason
from archive.records.dead_letter import DeadLetter
from tests.fakes.words import NOW, TASK, heard, lost, work
from tests.unit.workers.shop import LETTER, THREE, Shop


def test_a_task_that_goes_well_leaves_a_manifest_a_line_and_nothing_due(shop: Shop) -> None:
    shop.do(work(sources=THREE))

    assert shop.manifest().whole
    assert ([0, 1, 2], (heard(),)) == (
        [asset.index for asset in shop.manifest().kept],
        shop.manifest().notifications,
    )
    [line] = shop.lines()
    assert (TASK, 3, 0, True) == (line.task_id, line.kept, line.lost, line.complete)
    assert [] == shop.keys("due/") == shop.keys("dead/")


def test_what_is_lost_has_its_reason_in_manifest_and_letter(shop: Shop) -> None:
    shop.fetcher.verdicts[1] = lost(1, "files.evolink.ai/a/1.png")
    shop.do(work(sources=THREE))
    shop.rest()

    assert [0, 2] == [asset.index for asset in shop.manifest().kept]
    assert [Reason.SOURCE_GONE] == [asset.reason for asset in shop.manifest().lost]
    assert (Reason.SOURCE_GONE, [1], ()) == (
        shop.letter().reason,
        [asset.index for asset in shop.letter().lost],
        shop.letter().notifications,
    )
    assert [] == shop.keys("due/")


def test_a_task_of_which_nothing_is_kept_is_a_letter_alone(shop: Shop) -> None:
    shop.fetcher.verdicts[0] = lost(0)
    shop.do(work())
    shop.rest()

    assert [LETTER] == shop.words()
    assert ((heard(),), ("origin-a",)) == (shop.letter().notifications, shop.letter().closed)


def test_trouble_that_passes_is_tried_later_with_what_is_done_so_far(shop: Shop) -> None:
    shop.fetcher.verdicts = {0: SourceTrouble(Reason.SOURCE_BUSY, retry_after_s=300), 1: lost(1)}
    shop.do(work(sources=THREE))

    [key], [due] = shop.keys("due/"), shop.dues()
    assert 300 <= (layout.read_due_key(key).when - NOW).total_seconds() < 301
    assert ([2], [1], 1, False) == (
        [asset.index for asset in due.kept],
        [asset.index for asset in due.lost],
        due.tries,
        due.leased,
    )
    assert [] == shop.keys("tasks/") == shop.keys("dead/")

    shop.fetcher.verdicts, shop.fetcher.fetched = {}, []
    shop.now = NOW + timedelta(seconds=302)
    shop.due.do(key)
    assert [0] == shop.fetcher.fetched
    assert [0, 2] == [asset.index for asset in shop.manifest().kept]
    assert [] == shop.keys("due/")


def test_tries_end_when_the_link_dies_and_the_last_trouble_is_told(shop: Shop) -> None:
    shop.fetcher.verdicts[0] = SourceTrouble(Reason.SOURCE_UNREACHABLE, "no answer")
    old = structs.replace(heard(), received_at=NOW - timedelta(days=2))
    shop.do(work(expires_at=NOW - timedelta(seconds=1), heard=(old,)))
    shop.rest()

    [asset] = shop.letter().lost
    assert (Reason.LINK_EXPIRED, True) == (asset.reason, "source_unreachable" in asset.detail)
    assert [] == shop.keys("due/")


@pytest.mark.parametrize(
    "reason",
    [
        Reason.PROXY_TROUBLE,
        Reason.DISK_TROUBLE,
        Reason.DECODER_TROUBLE,
        Reason.BUCKET_UNAVAILABLE,
        Reason.OUT_OF_TIME,
        Reason.STOPPING,
    ],
)
def test_trouble_of_our_own_gives_nothing_up_also_after_the_link_has_died(shop: Shop, reason: Reason) -> None:
    shop.fetcher.verdicts[0] = TryLater(reason)
    shop.do(work(expires_at=NOW - timedelta(days=3)))

    assert (1, []) == (len(shop.keys("due/")), shop.keys("dead/"))


def test_a_link_that_is_dead_by_the_clock_is_tried_once_all_the_same(shop: Shop) -> None:
    shop.do(work(expires_at=NOW - timedelta(days=3)))

    assert shop.manifest().whole


def test_stopping_gives_the_work_back_at_once_and_counts_no_try(shop: Shop) -> None:
    shop.fetcher.verdicts[0] = TryLater(Reason.STOPPING)
    shop.do(work())

    [key], [due] = shop.keys("due/"), shop.dues()
    assert NOW == layout.read_due_key(key).when
    assert (0, 0, False) == (due.tries, due.starts, due.leased)


@pytest.mark.parametrize("body", [b"rubbish", b"{}"])
def test_an_entry_that_cannot_be_read_goes_to_dead_whole(shop: Shop, body: bytes) -> None:
    shop.bucket.put("due/rubbish.json", body)
    shop.due.do("due/rubbish.json")

    [key] = shop.keys("dead/")
    letter = DeadLetter.from_json(shop.bucket.get(key).body)
    assert (Reason.MALFORMED_RECORD, body) == (
        letter.reason,
        letter.delivery.body if letter.delivery else None,
    )
    assert [] == shop.keys("due/")
