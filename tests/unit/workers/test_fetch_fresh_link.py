"""A fresh link is fetched in place of the one that was told; what is wrong with it says nothing of that one."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import pytest

from archive.errors import SourceLost, SourceTrouble
from archive.reasons import Reason
from archive.records.asset import LostAsset
from archive.records.delivery import Replay
from tests.fakes.words import NOW, work
from tests.unit.workers.test_fetch_asset import Bench, png
from workers.turn import Turn
from workers.ways_out import turn_for

__all__ = ["png"]

FRESH = "https://files.evolink.ai/fresh/0.png"
REPLAY = Replay(id="replay-1", at=NOW, who="ops@host")


def turn(replay: Replay | None = None) -> Turn:
    return dataclasses.replace(turn_for(work(replay=replay), time.monotonic() + 30, ()), links={0: FRESH})


def test_a_fresh_link_is_fetched_in_place_of_the_one_that_was_told(tmp_path: Path, png: bytes) -> None:
    bench = Bench(tmp_path, png)
    asset = bench.fetcher.fetch(turn(), 0)

    assert ([FRESH], "files.evolink.ai/a/0.png") == (bench.downloader.urls, asset.source)


def test_a_fresh_link_that_is_forbidden_costs_no_image_while_the_told_one_may_live(tmp_path: Path) -> None:
    bench = Bench(tmp_path, SourceLost(Reason.FORBIDDEN_SOURCE, "evil.example"))
    with pytest.raises(SourceTrouble, match=r"of the fresh link: evil\.example"):
        bench.fetcher.fetch(turn(), 0)
    assert 1 == bench.downloader.asked


def test_a_fresh_link_is_the_last_word_for_who_replays_and_where_the_image_is_too_large(
    tmp_path: Path,
) -> None:
    forbidden, large = SourceLost(Reason.FORBIDDEN_SOURCE), SourceLost(Reason.TOO_LARGE)
    for error, replay in ((forbidden, REPLAY), (large, None)):
        asset = Bench(tmp_path, error).fetcher.fetch(turn(replay), 0)
        assert isinstance(asset, LostAsset)
        assert error.reason is asset.reason
