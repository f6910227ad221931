"""The real caged child that makes thumbnails: all that it needs is loaded before its cage, and it is bounded."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms

from archive.errors import Damaged, TryLater
from archive.reasons import Reason
from tests.integration.decoding.children import lives, wait_for
from tests.unit.workers.decoding.pictures import drawn
from workers.decoding.thumbnail_decoder import IDLE_S, ThumbnailDecoder
from workers.decoding.verdict import DecodeLimits

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
SIZE = (600, 300)


@pytest.fixture(scope="module")
def decoder() -> Iterator[ThumbnailDecoder]:
    made = ThumbnailDecoder()
    yield made
    made.close()


def written(image: Image.Image, kind: str, **more: Any) -> bytes:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(file, kind, exif=exif, **more)
    return file.getvalue()


# Drawn when they are needed: every process of a parallel run collects this file.
KEPT: dict[str, tuple[Callable[[], bytes], tuple[int, int]]] = {
    "PNG": (lambda: written(Image.new("RGB", SIZE), "PNG", icc_profile=SRGB), (300, 600)),
    "JPEG": (lambda: written(Image.new("RGB", SIZE), "JPEG", icc_profile=SRGB), (300, 600)),
    "WebP": (lambda: written(Image.new("RGB", SIZE), "WEBP", icc_profile=SRGB), (300, 600)),
    "ink": (lambda: written(Image.new("CMYK", SIZE), "JPEG"), (300, 600)),
    "16 bits": (lambda: written(Image.new("I;16", SIZE), "PNG"), (300, 600)),
    "palette": (lambda: written(Image.new("P", SIZE), "PNG", transparency=0), (300, 600)),
    "MPO": (lambda: drawn("MPO", SIZE, frames=2), (480, 240)),
    "APNG": (lambda: drawn("PNG", SIZE, frames=3), (480, 240)),
    "moving WebP": (lambda: drawn("WEBP", SIZE, frames=3), (480, 240)),
    "4000x4000": (lambda: drawn("PNG", (4000, 4000), compress_level=1), (480, 480)),
}


@pytest.mark.parametrize("kind", KEPT)
def test_whatever_is_kept_is_made_small_in_the_cage(
    decoder: ThumbnailDecoder, tmp_path: Path, kind: str
) -> None:
    draw, size = KEPT[kind]
    path = tmp_path / "image"
    path.write_bytes(draw())

    assert Image.open(io.BytesIO(decoder.draw(path)), formats=("WEBP",)).size == size


def test_it_is_last_in_line_for_the_processor_and_one_process(decoder: ThumbnailDecoder, sound: Path) -> None:
    decoder.draw(sound)
    pid = decoder.pid
    assert pid is not None
    decoder.draw(sound)

    assert decoder.pid == pid
    assert os.getpriority(os.PRIO_PROCESS, pid) == 19


def test_damage_is_told_and_the_child_lives_on(
    decoder: ThumbnailDecoder, tmp_path: Path, sound: Path
) -> None:
    decoder.draw(sound)
    pid = decoder.pid
    path = tmp_path / "half"
    path.write_bytes(drawn("JPEG")[:500])

    with pytest.raises(Damaged) as damaged:
        decoder.draw(path)
    assert damaged.value.reason is Reason.UNDECODABLE
    assert decoder.pid == pid


def test_more_pixels_than_are_decoded_are_refused(sound: Path) -> None:
    small = ThumbnailDecoder(limits=DecodeLimits(max_pixels=100))
    with pytest.raises(Damaged) as damaged:
        small.draw(sound)
    small.close()

    assert damaged.value.reason is Reason.TOO_MANY_PIXELS


def test_one_that_takes_too_long_is_ended_and_the_next_is_made(hanging: Path, sound: Path) -> None:
    decoder = ThumbnailDecoder(deadline_s=0.5)
    decoder.draw(sound)
    end = os.open(hanging, os.O_RDWR)
    with pytest.raises(Damaged) as damaged:
        decoder.draw(hanging)
    os.close(end)

    assert damaged.value.reason is Reason.DECODER_TIMEOUT
    assert decoder.draw(sound)
    decoder.close()


def test_one_that_dies_says_nothing_of_the_next(hanging: Path, sound: Path) -> None:
    decoder = ThumbnailDecoder()
    decoder.draw(sound)
    end = os.open(hanging, os.O_RDWR)
    with ThreadPoolExecutor(1) as threads:
        drawing = threads.submit(decoder.draw, hanging)
        pid = decoder.pid
        assert pid is not None
        wait_for(lambda: _holds(pid, hanging))
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(Damaged) as damaged:
            drawing.result()
    os.close(end)

    assert damaged.value.reason is Reason.DECODER_DIED
    assert decoder.draw(sound)
    decoder.close()


def test_closing_ends_it_whatever_it_has_in_hand(hanging: Path, sound: Path) -> None:
    decoder = ThumbnailDecoder()
    decoder.draw(sound)
    pid = decoder.pid
    assert pid is not None
    end = os.open(hanging, os.O_RDWR)
    with ThreadPoolExecutor(1) as threads:
        drawing = threads.submit(decoder.draw, hanging)
        wait_for(lambda: _holds(pid, hanging))
        decoder.close()
        with pytest.raises(TryLater) as put_off:
            drawing.result()
    os.close(end)

    assert put_off.value.reason is Reason.STOPPING
    wait_for(lambda: not lives(pid))
    with pytest.raises(TryLater):
        decoder.draw(sound)


def test_it_ends_when_nobody_has_wished_for_a_while(sound: Path) -> None:
    now = [1000.0]
    decoder = ThumbnailDecoder(clock=lambda: now[0])
    before = decoder.pid
    decoder.draw(sound)
    pid = decoder.pid
    assert before is None, "nobody had wished yet"
    assert pid is not None

    decoder.let_go_if_idle()
    assert decoder.pid == pid
    now[0] += IDLE_S
    decoder.let_go_if_idle()
    assert not lives(pid)


def _holds(pid: int, path: Path) -> bool:
    return any(link.readlink() == path for link in Path(f"/proc/{pid}/fd").iterdir())
