"""A thumbnail is what a viewer shows of the image, 480 pixels wide, and nothing else."""

from __future__ import annotations

import io
import random
import struct
import zlib
from typing import Any

import msgspec
import pytest
from PIL import Image, ImageCms

from archive.errors import Damaged
from archive.layout import THUMBNAIL_MAX_BYTES
from archive.reasons import Reason
from tests.unit.workers.decoding.pictures import chunk, drawn, header, png, rows
from workers.decoding import thumbnail
from workers.decoding.verdict import DecodeLimits

RED, BLUE = (255, 0, 0), (0, 0, 255)
SIZE = (960, 480)


def written(image: Image.Image, kind: str, **more: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **more)
    return file.getvalue()


def seen(data: bytes) -> Image.Image:
    """The thumbnail of an image, as a browser sees it."""
    image = Image.open(io.BytesIO(thumbnail.draw(data)), formats=("WEBP",))
    image.load()
    return image


def middle(image: Image.Image) -> tuple[int, ...]:
    pixel = image.convert("RGBA").getpixel((image.width // 2, image.height // 2))
    assert isinstance(pixel, tuple)
    return tuple(int(sample) for sample in pixel)


def near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 8 for a, b in zip(one, other, strict=True))


def turned_by(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "MPO"])
def test_each_kept_format_has_one(kind: str) -> None:
    assert seen(drawn(kind, (1000, 600), frames=2 if kind == "MPO" else 1)).size == (480, 288)


@pytest.mark.parametrize(
    ("size", "thumb"),
    [((64, 48), (64, 48)), ((480, 480), (480, 480)), ((1, 1), (1, 1)), ((961, 480), (480, 240)),
     ((4000, 4000), (480, 480)), ((10, 16_000), (1, 1920)), ((60_000, 1), (480, 1)), ((1000, 8000), (240, 1920))],
)  # fmt: skip
def test_it_has_the_shape_of_the_image_and_is_never_larger_than_it(
    size: tuple[int, int], thumb: tuple[int, int]
) -> None:
    assert seen(written(Image.new("RGB", size, RED), "PNG")).size == thumb


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_stands_as_the_images_exif_says(kind: str, orientation: int) -> None:
    image = Image.new("RGB", SIZE, BLUE)
    image.paste(RED, (0, 0, 480, 240))  # the upper left of what is stored
    small = seen(written(image, kind, exif=turned_by(orientation))).convert("RGB")
    width, height = small.size
    quarters = {"upper left": (width // 4, height // 4), "upper right": (3 * width // 4, height // 4),
                "lower left": (width // 4, 3 * height // 4), "lower right": (3 * width // 4, 3 * height // 4)}  # fmt: skip
    reds = [name for name, at in quarters.items() if small.getpixel(at)[0] > 128]  # type: ignore[index]

    assert (width, height) == ((480, 960) if orientation >= 5 else (480, 240))
    # EXIF 2.32, 4.6.4: where row 0 and column 0 of what is stored are seen.
    wanted = ["upper left", "upper right", "lower right", "lower left"] * 2
    wanted[4:] = ["upper left", "upper right", "lower right", "lower left"]
    assert reds == [wanted[orientation - 1]]


@pytest.mark.parametrize(
    ("image", "more", "colour"),
    [
        (Image.new("I;16", SIZE, 40_000), {}, (156, 156, 156, 255)),
        (Image.new("I;16", SIZE, 40_000), {"transparency": 40_000}, (156, 156, 156, 255)),
        (Image.new("1", SIZE, 1), {}, (255, 255, 255, 255)),
        (Image.new("L", SIZE, 7), {}, (7, 7, 7, 255)),
        (Image.new("L", SIZE, 7), {"transparency": 7}, (0, 0, 0, 0)),
        (Image.new("RGB", SIZE, RED), {"transparency": RED}, (0, 0, 0, 0)),
        (Image.new("LA", SIZE, (100, 50)), {}, (102, 102, 102, 50)),
        (Image.new("RGBA", SIZE, (*RED, 50)), {}, (255, 0, 0, 50)),
        (Image.new("P", SIZE, 1), {}, (0, 255, 0, 255)),
        (Image.new("P", SIZE, 1), {"transparency": 1}, (0, 0, 0, 0)),
        (Image.new("P", SIZE, 1), {"transparency": b"\xff\x80"}, (0, 255, 0, 128)),
    ],
    ids=lambda value: f"{value.mode}" if isinstance(value, Image.Image) else None,
)
def test_colours_and_transparency_are_those_of_the_png(
    image: Image.Image, more: dict[str, Any], colour: tuple[int, ...]
) -> None:
    if image.mode == "P":
        image.putpalette([255, 0, 0, 0, 255, 0])

    assert near(middle(seen(written(image, "PNG", **more))), colour)


def test_a_png_of_three_samples_of_16_bits_is_no_trouble() -> None:
    deep = png(
        head=header(100, 100, depth=16),
        before=chunk(b"tRNS", struct.pack(">HHH", 1, 2, 3)),
        raw=rows(100, 100, bits=48),
    )

    assert seen(deep).size == (100, 100)


def test_ink_is_shown_as_colours() -> None:
    assert near(middle(seen(written(Image.new("CMYK", SIZE, (0, 255, 255, 0)), "JPEG"))), (255, 0, 0, 255))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_colours_are_seen_by_the_images_own_profile(kind: str) -> None:
    """In this profile red and blue have changed places, so that whoever passes over it sees blue."""
    swapped = _swapped_profile()

    assert near(middle(seen(written(Image.new("RGB", SIZE, RED), kind, icc_profile=swapped))), (*BLUE, 255))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(
    "more", [{"icc_profile": b"no profile" * 50}, {"exif": b"Exif\0\0no exif"}], ids=["profile", "exif"]
)
def test_metadata_that_is_none_changes_nothing(kind: str, more: dict[str, bytes]) -> None:
    small = seen(written(Image.new("RGB", SIZE, RED), kind, **more))

    assert (small.size, near(middle(small), (*RED, 255))) == ((480, 240), True)


def test_a_profile_and_texts_that_inflate_to_more_than_pillow_takes_change_nothing() -> None:
    much = zlib.compress(bytes(5_000_000), 9)
    for before in (chunk(b"iCCP", b"p\0\0" + much), chunk(b"zTXt", b"t\0\0" + much)):
        assert seen(png(before=before)).size == (100, 100)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_an_animation_it_shows_the_first_frame(kind: str) -> None:
    moving = written(
        Image.new("RGB", SIZE, RED), kind, save_all=True, append_images=[Image.new("RGB", SIZE, BLUE)]
    )
    small = seen(moving)

    assert getattr(small, "n_frames", 1) == 1
    assert near(middle(small), (*RED, 255))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_nothing_of_the_images_metadata_is_in_it(kind: str) -> None:
    exif = turned_by(3)
    exif[0x010E] = "a secret description"
    small = thumbnail.draw(
        written(
            Image.new("RGB", SIZE, RED),
            kind,
            exif=exif,
            icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
        )
    )

    assert b"secret" not in small
    assert not any(mark in small for mark in (b"EXIF", b"ICCP", b"XMP "))


def test_the_noisiest_image_fits_as_well() -> None:
    noise = Image.frombytes("RGBA", (480, 960), random.Random(1).randbytes(480 * 960 * 4))

    assert len(thumbnail.draw(written(noise, "PNG"))) <= THUMBNAIL_MAX_BYTES


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<html>", Reason.UNDECODABLE),
        (b"", Reason.UNDECODABLE),
        (png()[:200], Reason.UNDECODABLE),
        (png()[:40], Reason.UNDECODABLE),
        (drawn("JPEG")[:500], Reason.UNDECODABLE),
        (drawn("WEBP")[:500], Reason.UNDECODABLE),
        (png(head=header(100_000, 100_000)), Reason.TOO_MANY_PIXELS),
    ],
    ids=["a page", "nothing", "half a PNG", "its head", "half a JPEG", "half a WebP", "too large"],
)
def test_what_is_no_sound_image_has_none(data: bytes, reason: Reason) -> None:
    with pytest.raises(Damaged) as damaged:
        thumbnail.draw(data)

    assert damaged.value.reason is reason


def test_what_the_child_says_is_data_whatever_happens() -> None:
    def said(data: bytes) -> Any:
        return msgspec.json.decode(thumbnail.answer(io.BytesIO(data), DecodeLimits()))["verdict"]

    assert [said(png()), said(b"")] == ["drawn", "damaged"]


def _swapped_profile() -> bytes:
    """Pillow's sRGB with the two colourants that stand for red and blue swapped by their tags' names."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made.replace(b"rXYZ", b"????", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"????", b"bXYZ", 1)
