"""In place, an image has one try, and what is none leaves nothing in the bucket."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from archive.errors import SourceLost, SourceTrouble, TryLater
from archive.reasons import Reason
from tests.fakes.words import work
from tests.unit.workers.test_fetch_asset import Answer, Bench
from workers.ways_out import turn_for


@pytest.mark.parametrize(
    ("came", "reason"),
    [
        (b"no image", Reason.NOT_AN_IMAGE),
        (SourceLost(Reason.FORBIDDEN_SOURCE), Reason.FORBIDDEN_SOURCE),
        (SourceTrouble(Reason.SOURCE_BUSY), Reason.SOURCE_BUSY),
        (OSError(28, "No space left on device"), Reason.DISK_TROUBLE),
    ],
    ids=["no image", "lost", "trouble", "disk"],
)
def test_what_one_try_does_not_bring_is_told_and_leaves_nothing(
    tmp_path: Path, came: Answer, reason: Reason
) -> None:
    bench = Bench(tmp_path, came)
    with pytest.raises(TryLater) as told:
        bench.fetcher.fetch_once(turn_for(work(), time.monotonic() + 30, ()), 0)

    assert (reason, 1, []) == (told.value.reason, bench.downloader.asked, list(bench.bucket.list("")))
