"""Every marked image is sound, is as long as it says, and has bytes of its own."""

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image

from bench.hands.originals import Original, original
from workers.decoding.decoder import examine

NAMES = ("png_64", "jpeg_64", "webp_64")


def whole(image: Original, number: int) -> bytes:
    return image.before + image.mark(number) + image.after


@pytest.mark.parametrize("name", NAMES)
def test_a_marked_image_is_sound_for_our_own_verification(name: str, tmp_path: Path) -> None:
    facts = examine(whole(original(name, tmp_path), 7))
    assert (64, 64, 0) == (facts.width, facts.height, facts.trailing_bytes)
    assert name.partition("_")[0].upper() == facts.format


@pytest.mark.parametrize("name", NAMES)
def test_a_marked_image_is_sound_for_pillow(name: str, tmp_path: Path) -> None:
    image = Image.open(io.BytesIO(whole(original(name, tmp_path), 12_345)))
    image.load()
    assert (64, 64) == image.size


@pytest.mark.parametrize("name", NAMES)
def test_it_says_its_own_size_and_digest(name: str, tmp_path: Path) -> None:
    image = original(name, tmp_path)
    for number in (0, 1, 99_999_999):
        assert image.size_bytes == len(whole(image, number))
        assert image.sha256(number) == hashlib.sha256(whole(image, number)).hexdigest()
    assert len({image.sha256(number) for number in range(20)}) == 20


def test_it_is_drawn_once(tmp_path: Path) -> None:
    assert original("png_64", tmp_path) == original("png_64", tmp_path)
