"""Sound pictures under metadata that is large, stale or odd: the pixels are what is judged."""

from __future__ import annotations

import io
import os
import struct
import time
import warnings
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from archive.errors import Damaged
from tests.unit.workers.decoding.pictures import (
    chunk,
    drawn,
    header,
    interlaced_rows,
    png,
    rows,
    with_wrong_crc,
)
from workers.decoding.decoder import examine
from workers.decoding.verdict import DecodeLimits

MIB = 1_048_576


def text() -> bytes:
    return b"".join(b'{"id":%d,"type":"KSampler"},' % number for number in range(60_000))  # 1.9 MB


def packed(kind: bytes, head: bytes, data: bytes) -> bytes:
    return chunk(kind, head + zlib.compress(data))


# Made when they are needed: every process of a parallel run collects this file.
METADATA: dict[str, Callable[[], bytes]] = {
    "itxt": lambda: packed(b"iTXt", b"workflow\0\1\0\0\0", text()),
    "ztxt": lambda: packed(b"zTXt", b"workflow\0\0", text()),
    "iccp": lambda: packed(b"iCCP", b"icc\0\0", bytes(128) + os.urandom(MIB + MIB // 4)),
    "a bomb of text": lambda: packed(b"zTXt", b"x\0\0", bytes(64 * MIB)),
    "many texts": lambda: b"".join(
        packed(b"zTXt", b"x%d\0\0" % number, bytes(MIB - 1)) for number in range(80)
    ),
    "text plain": lambda: chunk(b"iTXt", b"workflow\0\0\0\0\0" + text()),
    "text broken within": lambda: chunk(b"zTXt", b"x\0\0" + b"no zlib"),
    "text of no latin": lambda: chunk(b"tEXt", b"x"),
    "gamma short": lambda: chunk(b"gAMA", b"\0\0"),
    "chromaticities short": lambda: chunk(b"cHRM", b"\0"),
    "physical size short": lambda: chunk(b"pHYs", b"\0\0\0"),
    "exif broken": lambda: chunk(b"eXIf", b"MM\0*\xff\xff\xff\xff"),
    "frame control without a size": lambda: chunk(b"fcTL", b"\0"),
    "acTL of no size": lambda: chunk(b"acTL", b"\0"),
}


@pytest.mark.parametrize("name", METADATA)
@pytest.mark.parametrize("behind", [False, True])
def test_a_png_is_judged_by_its_pixels_whatever_its_metadata_is(name: str, behind: bool) -> None:  # noqa: FBT001 - of a test
    metadata = METADATA[name]()
    data = png(after=metadata) if behind else png(before=metadata)
    found = examine(data)

    assert (found.format, found.width, found.mode, found.frames) == ("PNG", 100, "RGB", 1)


def test_an_animated_png_of_large_metadata_is_decoded() -> None:
    whole = drawn("PNG", frames=3)
    at = 8 + 25
    assert examine(whole[:at] + METADATA["itxt"]() + METADATA["iccp"]() + whole[at:]).frames == 3


def test_a_crc_in_a_text_is_called_that() -> None:
    broken = with_wrong_crc(png(before=chunk(b"tEXt", b"Software\0x")), b"tEXt")
    with pytest.raises(Damaged) as caught:
        examine(broken)
    assert caught.value.detail == "PNG structure: the CRC of tEXt is wrong or missing"


@pytest.mark.parametrize(
    ("depth", "colour", "bits"),
    [
        *((depth, 0, depth) for depth in (1, 2, 4, 8, 16)), (8, 2, 24), (16, 2, 48),
        *((depth, 3, depth) for depth in (1, 2, 4, 8)), (8, 4, 16), (16, 4, 32), (8, 6, 32), (16, 6, 64),
    ],
)  # fmt: skip
@pytest.mark.parametrize("interlaced", [False, True])
def test_the_mode_of_a_png_is_pillows_own_word(depth: int, colour: int, bits: int, interlaced: bool) -> None:  # noqa: FBT001 - of a test
    raw = interlaced_rows(9, 7, bits=bits) if interlaced else rows(9, 7, bits=bits)
    palette = chunk(b"PLTE", bytes(3 * min(256, 2**depth))) if colour == 3 else b""
    data = png(head=header(9, 7, depth, colour, int(interlaced)), before=palette, raw=raw)
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert (examine(data).mode, examine(data).width) == (image.mode, image.width)


def mpo(first: bytes, *others: tuple[int, int]) -> bytes:
    """A JPEG with an index of more pictures: the size and the place of each, from the index on."""
    entries = struct.pack(">IIIHH", 0x20030000, len(first), 0, 0, 0)
    entries += b"".join(struct.pack(">IIIHH", 0, size, place, 0, 0) for size, place in others)
    count = 1 + len(others)
    directory = (
        struct.pack(">H", 3)
        + struct.pack(">HHI4s", 0xB000, 7, 4, b"0100")
        + struct.pack(">HHII", 0xB001, 4, 1, count)
        + struct.pack(">HHII", 0xB002, 7, len(entries), 8 + 2 + 36 + 4)
        + struct.pack(">I", 0)
    )
    index = b"MPF\0MM\0*\0\0\0\x08" + directory + entries
    return first[:2] + b"\xff\xe2" + struct.pack(">H", len(index) + 2) + index + first[2:]


JPEG = drawn("JPEG")


@pytest.mark.parametrize(
    ("others", "missing"),
    [
        ([(500, len(JPEG) + 200)], 1),
        ([(500, 2**32 - 1)], 1),
        ([(500, 40)], 1),  # within the first picture, where none begins
        ([(500, len(JPEG) + 200), (500, len(JPEG) + 900)], 2),
        ([(500, 2**31 + number) for number in range(1_500)], 1_500),
    ],
)
def test_a_jpeg_whose_index_outlived_its_other_pictures_is_sound(
    others: list[tuple[int, int]], missing: int
) -> None:
    found = examine(mpo(JPEG, *others))

    assert (found.format, found.frames, found.missing_pictures) == ("JPEG", 1, missing)
    assert (found.width, found.extension) == (64, "jpg")


def test_of_an_index_the_pictures_that_are_there_are_decoded() -> None:
    whole = drawn("MPO", frames=3)
    cut = whole[: whole.rindex(b"\xff\xd8\xff")]  # a CDN kept two of three

    assert (examine(whole).frames, examine(whole).missing_pictures) == (3, 0)
    assert (examine(cut).format, examine(cut).frames, examine(cut).missing_pictures) == ("MPO", 2, 1)
    second = cut.rindex(b"\xff\xda")
    with pytest.raises(Damaged, match="decode: "):  # what is there must be whole
        examine(cut[: second + 60])


@pytest.mark.parametrize(
    "index", [b"", b"MM", b"MM\0*\0\0\0\x08", b"II*\0\xff\xff\xff\xff", bytes(range(64))]
)
def test_an_index_that_is_none_is_no_damage(index: bytes) -> None:
    segment = b"MPF\0" + index
    data = JPEG[:2] + b"\xff\xe2" + struct.pack(">H", len(segment) + 2) + segment + JPEG[2:]

    assert (examine(data).format, examine(data).frames) == ("JPEG", 1)


def webp(frames: int, side: int) -> bytes:
    pictures = [Image.new("RGBA", (side, side), (number % 255, 0, 0, 255)) for number in range(frames)]
    file = io.BytesIO()
    pictures[0].save(file, "WEBP", save_all=True, append_images=pictures[1:], lossless=True)
    return file.getvalue()


def apng(frames: int, side: int) -> bytes:
    pictures = [Image.new("RGB", (side, side), (number % 255, 0, 0)) for number in range(frames)]
    file = io.BytesIO()
    pictures[0].save(file, "PNG", save_all=True, append_images=pictures[1:])
    return file.getvalue()


@pytest.mark.parametrize("make", [webp, apng])
def test_the_cost_of_an_animation_grows_with_its_frames_and_not_with_their_square(make: type) -> None:
    def cost_s(frames: int) -> float:
        data = make(frames, 100)
        spent = []
        for _ in range(3):
            began = time.process_time()
            assert examine(data, DecodeLimits()).frames == frames
            spent.append(time.process_time() - began)
        return min(spent)

    assert cost_s(400) < 12 * cost_s(100)  # four times the frames; their square would be sixteen times


def test_the_facts_speak_of_the_first_picture() -> None:
    first, second = drawn("JPEG", (64, 48)), drawn("JPEG", (20, 10))
    base = len(mpo(first, (0, 0)))
    index_at = 2 + 2 + 2 + 4
    data = mpo(first, (len(second), base - index_at)) + second
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = examine(data)

    assert (found.width, found.height, found.frames) == (64, 48, 2)
