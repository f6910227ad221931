"""One source -> one kept asset, with quick tries in place."""

from __future__ import annotations

import hashlib
import struct
import threading
import time
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from archive import layout
from archive.errors import SourceLost, SourceTrouble, TryLater
from archive.reasons import Reason
from archive.records.asset import KeptAsset, LostAsset
from archive.records.damage import Damage, DamagedForNow
from archive.store.sums import digest
from egress.breaker import Breaker
from egress.download import Downloaded, Downloader
from tests.fakes.bucket import MemoryBucket
from tests.fakes.words import DAY, TASK, work
from workers.decoding import decoder
from workers.decoding.decoder_pool import DecoderPool
from workers.decoding.verdict import DecodeLimits, Facts
from workers.fetch_asset import FetchAsset
from workers.ways_out import turn_for

KEY = layout.asset_key(DAY, "evolink", TASK, 0, "png")
REFUSED = layout.refused_key(DAY, "evolink", TASK, 0)
Answer = bytes | Exception


class ScriptedDownloader(Downloader):
    """Answers one after the other; the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.urls: list[str] = []

    def fetch(self, url: str, path: Path, **_: object) -> Downloaded:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        self.urls.append(url)
        if isinstance(answer, Exception):
            raise answer
        path.write_bytes(answer)
        return Downloaded(
            path=path,
            bytes=len(answer),
            sha256=hashlib.sha256(answer).hexdigest(),
            content_type="image/png",
            final_url_without_query=url.split("?", maxsplit=1)[0],
            download_ms=1,
        )


class HereDecoder(DecoderPool):
    """Judges in this process."""

    def __init__(self) -> None:
        """Nothing to start."""

    def examine(self, path: Path, deadline: float, task: str | None = None, *, first: bool = False) -> Facts:
        del deadline, task, first
        return decoder.examine(path.read_bytes(), DecodeLimits())


@pytest.fixture(scope="module")
def png(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("png") / "a.png"
    Image.new("RGB", (64, 48), "teal").save(path)
    return path.read_bytes()


class Bench:
    """A FetchAsset over a bucket in memory."""

    def __init__(self, folder: Path, *answers: Answer, breaker: Breaker | None = None) -> None:
        self.bucket, self.downloader, self.stopping = (
            MemoryBucket(),
            ScriptedDownloader(*answers),
            threading.Event(),
        )
        self.fetcher = FetchAsset(
            self.bucket,
            self.downloader,
            HereDecoder(),
            folder=folder,
            stopping=self.stopping,
            quick_first_s=0.001,
            breaker=breaker,
        )

    def fetch(self, *, link_life_h: float = 24.0, **more: Any) -> KeptAsset | LostAsset:
        return self.fetcher.fetch(turn_for(work(**more), time.monotonic() + 30, (), link_life_h), 0)


def test_the_original_bytes_are_kept_with_what_is_known_of_them(tmp_path: Path, png: bytes) -> None:
    bench = Bench(tmp_path, png)
    asset = bench.fetch()

    assert isinstance(asset, KeptAsset)
    assert (KEY, 64, 48, "PNG", "RGB") == (asset.key, asset.width, asset.height, asset.format, asset.mode)
    assert png == bench.bucket.get(KEY).body
    assert {"width": "64", "height": "48", "task-id": TASK}.items() <= bench.bucket.metadata[KEY].items()
    assert [] == list(tmp_path.iterdir())


def test_trouble_is_outlasted_in_place(tmp_path: Path, png: bytes) -> None:
    bench = Bench(
        tmp_path, SourceTrouble(Reason.SOURCE_TROUBLE), SourceTrouble(Reason.SOURCE_UNREACHABLE), png
    )
    asset = bench.fetch()

    assert (isinstance(asset, KeptAsset), 3) == (True, asset.tries)


def test_trouble_that_does_not_end_is_put_off(tmp_path: Path) -> None:
    bench = Bench(tmp_path, SourceTrouble(Reason.SOURCE_TROUBLE, "503"))
    with pytest.raises(SourceTrouble):
        bench.fetch()
    assert 4 == bench.downloader.asked


def test_an_origin_that_asks_for_long_patience_is_not_waited_for(tmp_path: Path) -> None:
    bench = Bench(tmp_path, SourceTrouble(Reason.SOURCE_BUSY, retry_after_s=60))
    with pytest.raises(SourceTrouble):
        bench.fetch()
    assert 1 == bench.downloader.asked


def test_a_lost_source_is_not_tried_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path, SourceLost(Reason.FORBIDDEN_SOURCE, "a private address"))
    asset = bench.fetch()

    assert isinstance(asset, LostAsset)
    told = (Reason.FORBIDDEN_SOURCE, "a private address", 1)
    assert told == (asset.reason, asset.detail, bench.downloader.asked)


@pytest.mark.parametrize("reason", [Reason.SOURCE_GONE, Reason.SOURCE_REFUSED, Reason.CUT_OFF])
def test_an_answer_that_may_pass_is_outlasted_then_put_off(
    tmp_path: Path, png: bytes, reason: Reason
) -> None:
    assert isinstance(Bench(tmp_path, *[SourceTrouble(reason)] * 3, png).fetch(), KeptAsset)

    bench = Bench(tmp_path, SourceTrouble(reason))
    with pytest.raises(SourceTrouble):
        bench.fetch()
    assert 4 == bench.downloader.asked


def test_damaged_bytes_are_fetched_once_more_then_put_off_and_kept_in_dead(
    tmp_path: Path, png: bytes
) -> None:
    bench = Bench(tmp_path, png[:-20])
    with pytest.raises(DamagedForNow) as put_off:
        bench.fetch()

    damage = put_off.value.damage
    assert (Reason.UNDECODABLE, 2, digest(png[:-20])) == (damage.reason, damage.times, damage.sha256)
    assert 2 == bench.downloader.asked
    assert {REFUSED: png[:-20]} == {key: stored.body for key, stored in bench.bucket.objects.items()}


@pytest.mark.parametrize(
    ("times", "minutes", "certain"), [(1, 11, True), (0, 11, False), (1, 9, False), (5, 9, False)]
)
def test_the_very_same_bytes_three_times_over_ten_minutes_are_damaged(
    tmp_path: Path, png: bytes, *, times: int, minutes: int, certain: bool
) -> None:
    bench = Bench(tmp_path, png[:-20])
    known = _damage(png[:-20], times=times, minutes=minutes) if times else None
    try:
        asset = bench.fetch(damages=(known,) if known else (), tries=2)
    except DamagedForNow:
        assert not certain
    else:
        assert certain
        assert isinstance(asset, LostAsset)
        assert (Reason.UNDECODABLE, REFUSED, 3) == (asset.reason, asset.refused_key, asset.tries)


def test_other_bytes_than_before_begin_anew(tmp_path: Path, png: bytes) -> None:
    bench = Bench(tmp_path, png[:-20])
    with pytest.raises(DamagedForNow) as put_off:
        bench.fetch(damages=(_damage(b"others", times=9, minutes=60),))

    assert 2 == put_off.value.damage.times


def test_of_a_short_life_a_tenth_is_enough(tmp_path: Path, png: bytes) -> None:
    bench = Bench(tmp_path, png[:-20])
    known = _damage(png[:-20], times=2, minutes=1)

    assert isinstance(bench.fetch(link_life_h=1 / 6, damages=(known,)), LostAsset)


def test_too_many_pixels_are_too_many_whatever_comes(tmp_path: Path) -> None:
    bench = Bench(tmp_path, _claiming(60_000, 60_000))
    asset = bench.fetch()

    assert isinstance(asset, LostAsset)
    assert (Reason.TOO_MANY_PIXELS, 1) == (asset.reason, bench.downloader.asked)


def test_damage_of_the_first_transfer_only_is_mended_by_the_second_and_leaves_nothing(
    tmp_path: Path, png: bytes
) -> None:
    bench = Bench(tmp_path, png[:-20], png)

    assert isinstance(bench.fetch(), KeptAsset)
    assert [KEY] == list(bench.bucket.objects)


def _damage(data: bytes, *, times: int, minutes: int) -> Damage:
    began = datetime.now(UTC) - timedelta(minutes=minutes)
    return Damage(index=0, sha256=digest(data), reason=Reason.UNDECODABLE, first_at=began, times=times)


def _claiming(width: int, height: int) -> bytes:
    """A PNG whose head tells of this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_a_place_taken_by_other_bytes_gives_way_to_one_beside_it(tmp_path: Path, png: bytes) -> None:
    bench = Bench(tmp_path, png)
    bench.bucket.put(KEY, b"others")
    asset = bench.fetch()

    assert isinstance(asset, KeptAsset)
    assert asset.key == KEY.replace("00.png", f"00-{asset.sha256[:8]}.png")
    assert (b"others", png) == (bench.bucket.get(KEY).body, bench.bucket.get(asset.key).body)


def test_a_place_taken_by_the_same_bytes_is_as_good(tmp_path: Path, png: bytes) -> None:
    bench = Bench(tmp_path, png)
    bench.bucket.put(KEY, png)

    asset = bench.fetch()
    assert (isinstance(asset, KeptAsset), [KEY]) == (True, list(bench.bucket.objects))


def test_stopping_ends_the_waiting(tmp_path: Path) -> None:
    bench = Bench(tmp_path, SourceTrouble(Reason.SOURCE_TROUBLE))
    bench.stopping.set()
    with pytest.raises(TryLater) as error:
        bench.fetch()
    assert Reason.STOPPING is error.value.reason


def _opened() -> Breaker:
    breaker = Breaker()
    for place in range(5):
        with pytest.raises(SourceTrouble), breaker.turn("files.evolink.ai", f"task-{place}"):
            raise SourceTrouble(Reason.SOURCE_UNREACHABLE)
    return breaker


def test_a_host_that_fails_for_everybody_is_not_asked(tmp_path: Path, png: bytes) -> None:
    bench = Bench(tmp_path, png, breaker=_opened())
    with pytest.raises(TryLater) as error:
        bench.fetch(expires_at=datetime.now(UTC) + timedelta(hours=1))

    assert (Reason.SOURCE_RESTING, 0) == (error.value.reason, bench.downloader.asked)


def test_a_link_that_dies_in_minutes_is_fetched_all_the_same(tmp_path: Path, png: bytes) -> None:
    bench = Bench(tmp_path, png, breaker=_opened())

    assert isinstance(bench.fetch(expires_at=datetime.now(UTC) + timedelta(minutes=4)), KeptAsset)
