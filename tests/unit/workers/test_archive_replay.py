"""What a replay brings in, and what it leaves alone."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from archive.reasons import Reason
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Replay
from archive.records.work import Work
from tests.fakes.words import NOW, heard, lost, work
from tests.unit.workers.shop import THREE, Shop


def test_a_conflict_that_a_person_replays_is_kept_beside_what_was_first(shop: Shop) -> None:
    shop.do(work())
    other = work(
        sources=("https://files.evolink.ai/b.png",), origin="origin-b", heard=(heard(2, "origin-b"),)
    )
    shop.do(other)
    [key] = shop.keys("dead/")
    shop.do(_replayed(DeadLetter.from_json(shop.bucket.get(key).body)), after_s=0)
    shop.do(
        _replayed(DeadLetter(reason=Reason.SOURCE_GONE, at=NOW, provider="evolink", work=other)), after_s=0
    )

    assert [(0, "files.evolink.ai/a/0.png"), (1, "files.evolink.ai/b.png")] == [
        (asset.index, asset.source) for asset in shop.manifest().kept
    ]
    assert (heard(1), heard(2, "origin-b")) == shop.manifest().notifications
    assert [] == shop.keys("dead/") == shop.keys("due/")


def _replayed(letter: DeadLetter, **more: Any) -> Work:
    assert letter.work is not None
    told = Replay(id="replay-1", at=NOW, who="ops@host", why="host was down")
    return structs.replace(letter.work, origin="replay-1", replay=told, leased=False, **more)


def test_a_replay_brings_in_what_was_lost_and_removes_the_letter(shop: Shop) -> None:
    shop.fetcher.verdicts[1] = lost(1, "files.evolink.ai/a/1.png")
    shop.do(work(sources=THREE))
    shop.fetcher.verdicts, shop.fetcher.fetched = {}, []
    shop.do(_replayed(shop.letter()), after_s=0)

    shop.rest()

    assert [1] == shop.fetcher.fetched
    assert shop.manifest().whole
    assert ["host was down"] == [replay.why for replay in shop.manifest().replays]
    assert [] == shop.keys("dead/") == shop.keys("due/")


def test_a_replay_of_what_succeeded_is_harmless(shop: Shop) -> None:
    shop.fetcher.verdicts[0] = lost(0)
    shop.do(work())
    replay = _replayed(shop.letter())
    shop.fetcher.verdicts = {}
    shop.do(work(origin="origin-b", heard=(heard(2, "origin-b"),)))
    assert shop.manifest().whole
    shop.fetcher.fetched = []
    shop.do(replay, after_s=0)
    shop.rest()

    assert [] == shop.fetcher.fetched
    assert shop.manifest().whole
    assert [] == shop.keys("dead/") == shop.keys("due/")


def test_a_replay_that_fails_again_is_told_in_the_letter(shop: Shop) -> None:
    shop.fetcher.verdicts[0] = lost(0)
    shop.do(work())
    shop.do(_replayed(shop.letter()), after_s=0)
    shop.rest()

    assert (["replay-1"], (heard(),)) == (
        [replay.id for replay in shop.letter().replays],
        shop.letter().notifications,
    )
    assert [] == shop.keys("due/")
