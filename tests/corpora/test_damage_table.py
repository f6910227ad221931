"""Every row of the damage table, for each format, through the real pool: caught, and by which layer."""

from __future__ import annotations

import io
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Final

import pytest
from PIL import Image

from archive.errors import Damaged
from archive.reasons import Reason
from tests.unit.workers.decoding.pictures import png, rows, with_wrong_crc
from workers.decoding.decoder_pool import DecoderPool
from workers.decoding.verdict import Facts

Examine = Callable[[bytes], Facts]
ZIP: Final = b"PK\x03\x04" + b"appended" * 20


def drawn(kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((320, 240), 60).convert("RGB").save(file, kind, **options)
    return file.getvalue()


PNG: Final = png()
JPEG: Final = drawn("JPEG")
PROGRESSIVE: Final = drawn("JPEG", progressive=True)
LOSSY: Final = drawn("WEBP")
LOSSLESS: Final = drawn("WEBP", lossless=True)
SOUND: Final = {"PNG": PNG, "JPEG": JPEG, "progressive": PROGRESSIVE, "lossy": LOSSY, "lossless": LOSSLESS}
STRUCTURE: Final = {
    "PNG": "PNG structure: ",
    "JPEG": "JPEG structure: ",
    "progressive": "JPEG structure: ",
    "lossy": "WebP structure: ",
    "lossless": "WebP structure: ",
}


def half_with_sizes_mended(webp: bytes) -> bytes:
    """Half of the only chunk, and every size in the file says so: as if the other half had never been."""
    half = webp[20 : len(webp) // 2 // 2 * 2]
    return (
        b"RIFF"
        + struct.pack("<I", 12 + len(half))
        + b"WEBP"
        + webp[12:16]
        + struct.pack("<I", len(half))
        + half
    )


@pytest.fixture(scope="module")
def examine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Examine]:
    folder = tmp_path_factory.mktemp("damaged")
    pool = DecoderPool(1)

    def examined(data: bytes) -> Facts:
        path = folder / "image"
        path.write_bytes(data)
        return pool.examine(path, time.monotonic() + 30)

    yield examined
    pool.close()


def refused(examine: Examine, data: bytes) -> str:
    with pytest.raises(Damaged) as caught:
        examine(data)
    assert caught.value.reason is Reason.UNDECODABLE
    return caught.value.detail


@pytest.mark.parametrize("kind", SOUND)
def test_the_undamaged_file_is_sound(examine: Examine, kind: str) -> None:
    assert examine(SOUND[kind]).trailing_bytes == 0


@pytest.mark.parametrize("kind", SOUND)
@pytest.mark.parametrize("left", [0.5, 0.99])
def test_a_file_that_is_cut_midway_is_caught(examine: Examine, kind: str, left: float) -> None:
    whole = SOUND[kind]
    # Pillow looks for a JPEG's scans before anything is decoded, and a cut one may fail there already.
    assert refused(examine, whole[: int(len(whole) * left)]).startswith((STRUCTURE[kind], "open: "))


@pytest.mark.parametrize("kind", SOUND)
@pytest.mark.parametrize("missing", [1, 2, 3, 4, 12, 16])
def test_a_file_without_its_last_bytes_is_caught(examine: Examine, kind: str, missing: int) -> None:
    if STRUCTURE[kind].startswith("JPEG") and missing <= 2:
        assert not examine(SOUND[kind][:-missing]).ended
        return
    assert refused(examine, SOUND[kind][:-missing]).startswith(STRUCTURE[kind])


@pytest.mark.parametrize("kind", ["JPEG", "progressive"])
@pytest.mark.parametrize("left", [0.05, 0.3, 0.9])
def test_a_jpeg_that_was_cut_and_given_an_end_mark_is_caught(
    examine: Examine, kind: str, left: float
) -> None:
    whole = SOUND[kind]
    first = whole.index(b"\xff\xda") + 14  # of the first scan, whose rows every viewer needs
    scan = len(whole) if kind == "JPEG" else whole.index(b"\xff\xc4", first)
    cut = whole[: first + int((scan - first) * left)].rstrip(b"\xff") + b"\xff\xd9"
    assert refused(examine, cut).endswith("its data ends before its last rows")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (with_wrong_crc(PNG, b"IDAT"), "the CRC of IDAT is wrong or missing"),
        (png(packed=zlib.compress(rows(100, 100))[:-1] + b"\0"), "compressed image data is broken"),
        (png(raw=rows(100, 50)), "ends after 15050 of 30100 bytes"),
        (png(raw=rows(100, 1000)), "more image data than the 30100 bytes"),
        (png(raw=rows(100, 100, filter_byte=9)), "a filter that does not exist"),
    ],
    ids=["IDAT CRC", "Adler-32", "half of the rows", "ten times the rows", "filter byte"],
)
def test_the_rows_that_a_png_alone_can_have_are_caught(examine: Examine, data: bytes, told: str) -> None:
    detail = refused(examine, data)
    assert detail.startswith("PNG structure: ")
    assert told in detail


@pytest.mark.parametrize("kind", ["lossy", "lossless"])
def test_half_of_a_webp_with_all_its_sizes_mended_is_caught(examine: Examine, kind: str) -> None:
    assert refused(examine, half_with_sizes_mended(SOUND[kind])).startswith("decode: ")


@pytest.mark.parametrize("kind", SOUND)
@pytest.mark.parametrize("trailing", [b"\0", ZIP], ids=["a byte", "a ZIP"])
def test_trailing_bytes_are_told(examine: Examine, kind: str, trailing: bytes) -> None:
    assert examine(SOUND[kind] + trailing).trailing_bytes == len(trailing)


def test_what_only_a_checksum_could_see_passes_and_is_known_to(examine: Examine) -> None:
    """No promise is made of these: JPEG and lossy WebP carry no checksum, and every decoder fills the gap."""
    flipped = bytearray(JPEG)
    flipped[len(JPEG) // 2] ^= 0x01
    assert examine(bytes(flipped)).width == 320
