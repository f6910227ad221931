"""What a run comes to is counted where it ends."""

from __future__ import annotations

from msgspec import structs

from archive.errors import SourceTrouble
from archive.reasons import Reason
from runtime.metrics import registry as of
from runtime.metrics.metric import OTHER
from tests.fakes.words import kept, lost, manifest, work
from tests.unit.workers.shop import MANIFEST, Shop


def ended(shop: Shop, outcome: str, reason: str = OTHER) -> float:
    return shop.meters.value(of.RUNS_ENDED, "evolink", outcome, reason)


def test_a_task_that_is_whole(shop: Shop) -> None:
    shop.do(work())

    assert 1 == ended(shop, "whole")
    assert 1 == shop.meters.value(of.RUNS_STARTED, "evolink")
    assert 1 == shop.meters.value(of.ARCHIVE_SECONDS, "evolink")


def test_an_image_that_is_given_up(shop: Shop) -> None:
    shop.fetcher.verdicts[0] = lost(0)
    shop.do(work())

    assert 1 == ended(shop, "given_up", str(lost(0).reason))
    assert 0 == shop.meters.value(of.ARCHIVE_SECONDS, "evolink")


def test_an_image_that_is_put_off(shop: Shop) -> None:
    shop.fetcher.verdicts[0] = SourceTrouble(Reason.SOURCE_BUSY)
    shop.do(work())

    assert 1 == ended(shop, "put_off", "source_busy")


def test_a_task_that_another_run_has_ended(shop: Shop) -> None:
    key = shop.put(work())
    shop.fetcher.meanwhile = lambda: shop.bucket.delete(key)
    shop.due.do(key)

    assert 1 == ended(shop, "whole") + ended(shop, "ended_by_another")


def test_other_images_of_a_task_that_is_whole(shop: Shop) -> None:
    shop.bucket.put(MANIFEST, manifest(kept(0)).to_pretty_json())
    shop.do(structs.replace(work(), sources=("https://files.evolink.ai/b/0.png",), origin="origin-b"))

    assert 1 == ended(shop, "apart")
