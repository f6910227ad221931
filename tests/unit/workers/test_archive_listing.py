"""A line of the catalogue is found by the hour of its `changed_at`, whenever its writer was killed or slept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from archive.records.catalogue import LISTED_WITHIN, CatalogueLine
from tests.fakes.words import NOW, kept, manifest, work
from tests.unit.workers.shop import MANIFEST, Shop


def _lines(shop: Shop) -> list[CatalogueLine]:
    bodies = [shop.bucket.get(key).body for key in shop.keys("catalog/")]
    return [CatalogueLine.from_json(text) for body in bodies for text in body.splitlines()]


def test_a_manifest_that_was_never_listed_is_listed_when_its_time_is_long_over(shop: Shop) -> None:
    """Lines are looked for by the hour of `changed_at`: one that comes later tells of a later change."""
    shop.bucket.put(MANIFEST, manifest(kept(0), starts=2, silent_endings=1).to_pretty_json())
    shop.now = NOW + LISTED_WITHIN + timedelta(hours=5)
    shop.do(work(), after_s=-10)

    assert shop.now == shop.manifest().changed_at
    assert [shop.now] == [line.changed_at for line in _lines(shop)]


def test_a_manifest_that_is_listed_in_time_keeps_its_own(shop: Shop) -> None:
    shop.bucket.put(MANIFEST, manifest(kept(0), starts=2, silent_endings=1).to_pretty_json())
    shop.now = NOW + timedelta(minutes=50)
    shop.do(work(), after_s=-10)

    assert NOW == shop.manifest().changed_at
    assert [NOW] == [line.changed_at for line in _lines(shop)]


def test_a_line_that_comes_too_late_since_its_process_slept_is_followed_by_one_in_time(shop: Shop) -> None:
    """People look for it by `changed_at`: the manifest tells of a later change, and a line of that."""
    append, sleeps = shop.catalogue.append, [timedelta(hours=3)]

    def after_a_sleep(line: bytes) -> Any:
        shop.now += sleeps.pop() if sleeps else timedelta()
        return append(line)

    shop.catalogue.append = after_a_sleep  # type: ignore[method-assign] # only held up
    shop.do(work())

    assert [NOW, shop.now] == sorted(line.changed_at for line in _lines(shop))
    assert (shop.now, []) == (shop.manifest().changed_at, shop.keys("due/"))
