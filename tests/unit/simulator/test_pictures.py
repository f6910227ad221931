"""The images are real ones, each its own, the same at every drawing."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from io import BytesIO

import pytest
from PIL import Image

from infra.simulator.images.gallery import Gallery
from infra.simulator.images.pictures import OTHER_FORMATS, Picture


@pytest.mark.parametrize("image_format", ["png", "jpeg", "webp"])
@pytest.mark.parametrize(("width", "height"), [(1, 1), (200, 130), (1024, 1536)])
def test_an_image_decodes_to_its_size_and_format(width: int, height: int, image_format: str) -> None:
    """Down to one pixel."""
    with Image.open(BytesIO(Picture("a", width, height, image_format).draw())) as image:
        image.load()
        assert (image.width, image.height, image.format) == (width, height, image_format.upper())


def test_the_same_picture_is_the_same_bytes_and_another_seed_is_not() -> None:
    """Each image of each task has its own seed."""
    assert Picture("a", 300, 200, "png").draw() == Picture("a", 300, 200, "png").draw()
    assert Picture("a", 300, 200, "png").draw() != Picture("b", 300, 200, "png").draw()


def test_an_image_is_neither_flat_nor_pure_noise() -> None:
    """Like a photograph it compresses, but not to nothing."""
    assert 0.2 < len(Picture("a", 1024, 1024, "png").draw()) / (1024 * 1024 * 3) < 0.8


def test_wrong_ones_are_wrong_in_the_one_way() -> None:
    """1254 for 1024, as customers saw; another format; nothing else."""
    right = Picture("a", 1024, 1024, "png")
    assert right.of_wrong_size() == Picture("a", 1254, 1254, "png")
    assert right.of_wrong_format() == Picture("a", 1024, 1024, "jpeg")
    assert all(name != other for name, other in OTHER_FORMATS.items())
    assert Picture("a", 1, 1, "png").of_wrong_size() == Picture("a", 2, 2, "png")


def test_a_gallery_keeps_few_bytes_and_draws_the_others_again_to_the_same() -> None:
    """The bound holds after every picture."""
    pictures = [Picture(str(number), 64, 64, "png") for number in range(4)]
    most_bytes = 2 * max(len(picture.draw()) for picture in pictures)

    async def look() -> None:
        gallery = Gallery(most_bytes)
        for picture in pictures + pictures:
            drawn = await gallery.show(picture)
            assert drawn.body == picture.draw()
            assert drawn.sha256 == sha256(drawn.body).hexdigest()
            assert sum(len(kept.body) for kept in gallery._drawn.values()) == gallery._bytes <= most_bytes
        gallery.close()

    asyncio.run(look())
