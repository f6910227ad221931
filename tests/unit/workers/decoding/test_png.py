"""The walk: every damage is named, and what is sound passes."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from archive.errors import Damaged
from archive.reasons import Reason
from tests.unit.workers.decoding.pictures import (
    SIGNATURE,
    chunk,
    drawn,
    header,
    interlaced_rows,
    png,
    rows,
    with_wrong_crc,
)
from workers.decoding.png import walk

SOUND = png()
SMALL = png(head=header(6, 5, colour=6), before=chunk(b"tEXt", b"a\0b"), raw=rows(6, 5, bits=32))
END = chunk(b"IEND")
PALETTE = chunk(b"PLTE", bytes(range(12)))


def refused(data: bytes) -> str:
    with pytest.raises(Damaged) as caught:
        walk(io.BytesIO(data))
    assert caught.value.reason is Reason.UNDECODABLE
    return caught.value.detail


def test_a_sound_file_tells_its_header_and_nothing_else() -> None:
    found = walk(io.BytesIO(SOUND))
    assert found.header == (100, 100, 8, 2, False)
    assert (found.frames, found.c2pa, found.trailing_bytes) == (1, False, 0)


# The damage table: in each row, some decoder or checker lets the file pass.
@pytest.mark.parametrize(
    ("data", "told"),
    [
        (SOUND[: len(SOUND) // 2], "ends within IDAT"),
        (SOUND[: len(SOUND) * 95 // 100], "ends within IDAT"),
        (SOUND[:-12], "without IEND"),
        (SOUND[:-16], "the CRC of IDAT is wrong or missing"),
        (SOUND[:-13], "the CRC of IDAT is wrong or missing"),
        (SOUND[:-1], "the CRC of IEND"),
        (SOUND[:-2], "the CRC of IEND"),
        (SOUND[:-8], "within a chunk's head"),
        (with_wrong_crc(SOUND, b"IDAT"), "the CRC of IDAT"),
        (with_wrong_crc(SOUND, b"IHDR"), "the CRC of IHDR"),
        (with_wrong_crc(SOUND, b"IEND"), "the CRC of IEND"),
        (png(packed=zlib.compress(rows(100, 100))[:-1] + b"\0"), "compressed image data is broken"),
        (png(packed=zlib.compress(rows(100, 100))[:-4]), "has no end"),
        (png(packed=zlib.compress(rows(100, 100))[:-40]), "ends after"),
        (png(packed=b"\x78\x9c" + bytes(range(200))), "compressed image data is broken"),
        (png(packed=b"not zlib at all"), "compressed image data is broken"),
        (png(packed=b""), "ends after 0 of 30100 bytes"),
        (png(raw=rows(100, 50)), "ends after 15050 of 30100 bytes"),
        (png(raw=rows(100, 100)[:-1]), "ends after 30099 of 30100 bytes"),
        (png(raw=rows(100, 100) + b"\0"), "more image data than the 30100 bytes"),
        (png(raw=rows(100, 1000)), "more image data than the 30100 bytes"),
        (png(packed=zlib.compress(b"\0" * 20_000_000, 9)), "more image data than the 30100 bytes"),
        (png(raw=rows(100, 100, filter_byte=5)), "filter that does not exist"),
        (png(raw=rows(100, 99) + b"\xff" + bytes(300)), "filter that does not exist"),
    ],
)
def test_each_row_of_the_damage_table_is_caught(data: bytes, told: str) -> None:
    assert told in refused(data)


@pytest.mark.parametrize("trailing", [b"\0", b"PK\x03\x04" + b"zip" * 1000, SOUND])
def test_trailing_bytes_are_counted(trailing: bytes) -> None:
    assert walk(io.BytesIO(SOUND + trailing)).trailing_bytes == len(trailing)


def test_bytes_behind_the_end_of_the_stream_are_counted_as_trailing() -> None:
    hidden = zlib.compress(rows(100, 100)) + b"hidden" * 20
    assert walk(io.BytesIO(png(packed=hidden))).trailing_bytes == 120


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "signature"),
        (SIGNATURE[:5], "signature"),
        (SIGNATURE, "begin with IHDR"),
        (SIGNATURE + END, "begin with IHDR"),
        (SIGNATURE + chunk(b"CgBI", b"\0\0\0\0") + SOUND[8:], "begin with IHDR"),
        (SIGNATURE + header(1, 1) + END, "no image data"),
        (png(head=header(0, 100)), "size"),
        (png(head=header(100, 2**31)), "size"),
        (png(head=header(100, 100, depth=7)), "depth"),
        (png(head=header(100, 100, colour=5)), "colour"),
        (png(head=header(100, 100, depth=16, colour=3)), "depth"),
        (png(head=header(100, 100, interlace=2)), "interlacing"),
        (png(head=chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 8, 2, 1, 0, 0))), "compression"),
        (png(before=header(100, 100)), "critical chunk IHDR"),
        (png(before=chunk(b"ABCD")), "critical chunk ABCD"),
        (png(before=chunk(b"a1cd")), "letters"),
        (png(before=struct.pack(">I", 2**31) + b"tEXt"), "longer than a chunk can be"),
        (png(before=struct.pack(">I", 2**31 - 1) + b"tEXt"), "ends within tEXt"),
        (png(before=PALETTE[:-4] + b"1234"), "CRC of PLTE"),
        (png(before=chunk(b"PLTE", b"ab")), "palette"),
        (png(before=chunk(b"PLTE", bytes(771))), "palette"),
        (png(after=PALETTE), "palette"),
        (png(head=header(100, 100, colour=3), raw=rows(100, 100, bits=8)), "without its palette"),
        (png(head=header(100, 100, colour=0), before=PALETTE), "palette"),
        (png(after=chunk(b"tEXt", b"a\0b") + chunk(b"IDAT", b"x")), "two places"),
        (png(end=chunk(b"IEND", b"x")), "IEND is not empty"),
    ],
)
def test_a_file_that_is_put_together_wrongly_is_named(data: bytes, told: str) -> None:
    assert told in refused(data)


@pytest.mark.parametrize("interlace", [0, 1])
@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 2), (5, 4), (8, 8), (33, 7), (1, 40), (40, 1)])
@pytest.mark.parametrize(
    ("colour", "depth"),
    [
        (0, 1),
        (0, 2),
        (0, 4),
        (0, 8),
        (0, 16),
        (2, 8),
        (2, 16),
        (3, 1),
        (3, 2),
        (3, 4),
        (3, 8),
        (4, 8),
        (6, 16),
    ],
)
def test_every_kind_of_png_is_sound_to_the_walk_and_to_pillow(
    colour: int, depth: int, width: int, height: int, interlace: int
) -> None:
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    make = interlaced_rows if interlace else rows
    data = png(
        head=header(width, height, depth, colour, interlace),
        before=chunk(b"PLTE", bytes(768)) if colour == 3 else b"",
        raw=make(width, height, bits=bits),
    )
    assert walk(io.BytesIO(data)).header[:2] == (width, height)
    with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
        image.load()


def test_an_interlaced_file_with_its_rows_in_one_pass_is_damaged() -> None:
    assert "filter" in refused(png(head=header(100, 100, interlace=1)))
    assert "ends after" in refused(png(head=header(100, 100, interlace=1), raw=bytes(100 * 301)))


def test_a_c2pa_manifest_and_an_animation_are_seen() -> None:
    frames = chunk(b"fcTL", bytes(26)) * 12
    before = chunk(b"caBX", b"jumb") + chunk(b"acTL", struct.pack(">II", 12, 0))
    found = walk(io.BytesIO(png(before=before, after=frames)))
    assert (found.c2pa, found.frames) == (True, 12)


def test_what_pillow_writes_is_sound() -> None:
    found = walk(io.BytesIO(drawn("PNG", (640, 480))))
    assert (found.header[:2], found.trailing_bytes) == ((640, 480), 0)


@pytest.mark.parametrize("level", [0, 1, 9])
def test_image_data_in_many_small_chunks_is_sound(level: int) -> None:
    packed = zlib.compress(rows(700, 300), level)
    parts = b"".join(chunk(b"IDAT", packed[at : at + 7]) for at in range(0, len(packed), 7))
    assert walk(io.BytesIO(SIGNATURE + header(700, 300) + parts + chunk(b"IDAT") + END)).header.width == 700


def test_image_data_that_compresses_well_is_inflated_to_its_end() -> None:
    raw = bytes(1 + 3 * 4000) * 3000
    assert walk(io.BytesIO(png(head=header(4000, 3000), raw=raw))).trailing_bytes == 0
    assert "ends after" in refused(png(head=header(4000, 3000), raw=raw[:-1]))


@settings(max_examples=400)
@given(at=st.integers(0, len(SMALL) - 1), byte=st.integers(0, 255))
def test_a_mutated_byte_is_damage_or_no_change(at: int, byte: int) -> None:
    mutated = SMALL[:at] + bytes([byte]) + SMALL[at + 1 :]
    if mutated == SMALL:
        assert walk(io.BytesIO(mutated)).header.width == 6
    else:
        assert refused(mutated)


@given(at=st.integers(0, len(SMALL) - 1))
def test_a_file_that_is_cut_anywhere_is_damage(at: int) -> None:
    assert refused(SMALL[:at])


@settings(max_examples=300)
@given(packed=st.binary(max_size=300), head=st.binary(min_size=13, max_size=13))
def test_any_stream_and_any_header_raise_nothing_but_damage(packed: bytes, head: bytes) -> None:
    for data in (png(packed=packed), png(packed=b"\x78\x9c" + packed), png(head=chunk(b"IHDR", head))):
        with suppress(Damaged):
            walk(io.BytesIO(data))
