"""A line of the catalogue is found by the hour of its `changed_at`, whenever its writer was killed or slept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from archive.records.catalogue import LISTED_WITHIN
from tests.fakes.words import NOW, kept, manifest, work
from tests.unit.workers.shop import MANIFEST, Shop


def test_a_manifest_that_was_never_listed_is_listed_when_its_time_is_long_over(shop: Shop) -> None:
    """Lines are looked for by the hour of `changed_at`: one that comes later tells of a later change."""
    shop.bucket.put(MANIFEST, manifest(kept(0), starts=2, silent_endings=1).to_pretty_json())
    shop.now = NOW + LISTED_WITHIN + timedelta(hours=5)
    shop.do(work(), after_s=-10)

    assert shop.now == shop.manifest().changed_at
    assert [shop.now] == [line.changed_at for line in shop.lines()]


def test_a_manifest_that_is_listed_in_time_keeps_its_own(shop: Shop) -> None:
    shop.bucket.put(MANIFEST, manifest(kept(0), starts=2, silent_endings=1).to_pretty_json())
    shop.now = NOW + timedelta(minutes=50)
    shop.do(work(), after_s=-10)

    assert NOW == shop.manifest().changed_at
    assert [NOW] == [line.changed_at for line in shop.lines()]


def test_a_line_that_comes_too_late_since_its_process_slept_is_followed_by_one_in_time(shop: Shop) -> None:
    """People look for it by `changed_at`: the manifest tells of a later change, and a line of that."""
    put_new, sleeps = shop.bucket.put_new, [timedelta(hours=3)]

    def before_a_sleep(key: str, *words: Any, **more: Any) -> None:
        put_new(key, *words, **more)
        shop.now += sleeps.pop() if sleeps and key.startswith("catalog/") else timedelta()

    shop.bucket.put_new = before_a_sleep  # type: ignore[method-assign] # only held up
    shop.do(work())

    assert [NOW, shop.now] == sorted(line.changed_at for line in shop.lines())
    assert (shop.now, []) == (shop.manifest().changed_at, shop.keys("due/"))
