"""Files that strangers made go through the real decoder pool: each gets a verdict, and nothing else happens."""

from __future__ import annotations

import io
import sys
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from PIL import Image

from archive.errors import Damaged
from archive.reasons import Reason
from tests.corpora.registries import FETCH_S, afl_seeds, pillow_images, png_suite
from workers.decoding import png
from workers.decoding.decoder import examine
from workers.decoding.decoder_pool import MEMORY_BYTES, DecoderPool
from workers.decoding.verdict import Facts

DEADLINE_S: Final = 20.0
# What the largest of these takes is under 100 MB; a decoder's own limit is MEMORY_BYTES.
RSS_BYTES: Final = 400_000_000
ABOUT_THE_DECODER: Final = {Reason.DECODER_DIED, Reason.DECODER_TIMEOUT}
LAYERS: Final = (
    "magic bytes: ",
    "open: ",
    "limits: ",
    "PNG structure: ",
    "JPEG structure: ",
    "WebP structure: ",
    "decode: ",
)

pytestmark = pytest.mark.timeout(FETCH_S + 120)


class Judged(NamedTuple):
    path: Path
    verdict: Facts | tuple[Reason, str]
    took_s: float

    @property
    def word(self) -> str:
        return "sound" if isinstance(self.verdict, Facts) else str(self.verdict[0])


class Peak:
    """The largest resident set that any decoder had."""

    def __init__(self, pool: DecoderPool) -> None:
        self.bytes, self._pool = 0, pool
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @contextmanager
    def watched(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._look()
            self._over.set()
            self._thread.join(5)

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            self._look()

    def _look(self) -> None:
        for pid in self._pool.pids():
            with suppress(OSError, StopIteration):
                status = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
                line = next(line for line in status if line.startswith("VmHWM"))
                self.bytes = max(self.bytes, int(line.split()[1]) * 1024)


Judge = Callable[[], Facts]
Strangers = tuple[list[Judged], int]


def judged(paths: list[Path]) -> Strangers:
    """The verdict on each file, by the pool as a worker has it, several at the same time; and the peak of memory."""
    pool = DecoderPool(2, deadline_s=DEADLINE_S)
    peak = Peak(pool)

    def one(path: Path) -> Judged:
        began = time.monotonic()
        verdict = told(lambda: pool.examine(path, began + 4 * DEADLINE_S))
        return Judged(path, verdict, time.monotonic() - began)

    try:
        pool.start()
        with peak.watched(), ThreadPoolExecutor(8) as threads:
            return list(threads.map(one, paths)), peak.bytes
    finally:
        pool.close()


def told(judge: Judge) -> Facts | tuple[Reason, str]:
    """Facts, or why not; an OSError is no verdict, and fails the test."""
    try:
        return judge()
    except Damaged as error:
        return (error.reason, error.detail)


@pytest.fixture(scope="module")
def pillow() -> Strangers:
    paths = pillow_images()
    return judged(paths)


def test_each_of_pillows_test_images_gets_a_verdict_in_time_and_in_bounds(
    pillow: Strangers, capsys: pytest.CaptureFixture[str]
) -> None:
    found, peak_bytes = pillow
    counts = Counter(one.word for one in found)
    slowest = max(found, key=lambda one: one.took_s)
    with capsys.disabled():
        counted = ", ".join(f"{word} {number}" for word, number in counts.most_common())
        sys.stdout.write(
            f"\nPillow's {len(found)} test images: {counted}; slowest {slowest.took_s:.2f} s "
            f"({slowest.path.name}), peak {peak_bytes / 1e6:.0f} MB\n"
        )
    assert len(found) > 1000
    assert counts["sound"] > 400  # what is sound among strangers' files is not refused
    assert [one for one in found if one.word in ABOUT_THE_DECODER] == []
    assert slowest.took_s < DEADLINE_S
    assert 0 < peak_bytes < RSS_BYTES <= MEMORY_BYTES


def test_the_cage_changes_no_verdict(pillow: Strangers) -> None:
    found, _ = pillow
    outside = {one.path: told(partial(examine, one.path.read_bytes())) for one in found}
    assert [one for one in found if one.verdict != outside[one.path]] == []


def test_each_refusal_begins_with_the_layer_that_failed(pillow: Strangers) -> None:
    found, _ = pillow
    details = [one.verdict[1] for one in found if not isinstance(one.verdict, Facts)]
    assert [detail for detail in details if not detail.startswith(LAYERS)] == []


def test_what_is_sound_to_us_is_whole_to_pillow(pillow: Strangers) -> None:
    """The walk makes no pixels: Pillow, which does, finds nothing in the pictures that it let pass.

    Without their metadata, of which Pillow takes less than there may be.
    """
    found, _ = pillow
    for one in found:
        if isinstance(one.verdict, Facts) and one.verdict.format == "PNG":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                pictures = io.BytesIO(png.without_metadata(one.path.read_bytes()))
                with Image.open(pictures, formats=("PNG",)) as image:
                    image.load()


def test_png_suite_is_sound(tmp_path: Path) -> None:
    found, _ = judged(png_suite(tmp_path))
    assert len(found) > 20
    assert [one for one in found if one.word != "sound"] == []


def test_each_seed_of_afl_is_what_its_name_says() -> None:
    paths = afl_seeds()
    found, _ = judged(paths)
    formats = {one.path.suffix: one.word for one in found}
    ours = {suffix: word for suffix, word in formats.items() if suffix in {".png", ".jpg", ".webp"}}
    assert ours == {".png": "sound", ".jpg": "sound", ".webp": "sound"}
    others = {word for suffix, word in formats.items() if suffix not in ours}
    assert others == {"not_an_image"}
