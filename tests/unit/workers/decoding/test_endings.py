"""What an image's end says of its pixels: an end mark that is forgotten, one that hides what did not come."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from archive.errors import Damaged
from archive.reasons import Reason
from tests.unit.workers.decoding.pictures import chunk, drawn, png
from workers.decoding.decoder import examine
from workers.decoding.thumbnail import draw

END = b"\xff\xd9"
# Of every way to end a scan: baseline, with scans for each refinement, with restarts, grey, CMYK.
JPEGS = {
    "baseline": drawn("JPEG", quality=90),
    "progressive": drawn("JPEG", quality=90, progressive=True),
    "restarts": drawn("JPEG", restart_marker_blocks=1),
    "subsampled": drawn("JPEG", (65, 49), subsampling=2),
}


def plain(mode: str, colour: int) -> bytes:
    file = io.BytesIO()
    Image.new(mode, (64, 48), (colour,) * len(Image.new(mode, (1, 1)).getbands())).save(file, "JPEG")
    return file.getvalue()


def damage(data: bytes) -> str:
    with pytest.raises(Damaged) as caught:
        examine(data)
    assert caught.value.reason is Reason.UNDECODABLE
    return caught.value.detail


@pytest.mark.parametrize("name", JPEGS)
@pytest.mark.parametrize("behind", [b"", b"\xff", bytes(2_000), b"\0\0\x01\x0aa phone's trailer"])
def test_a_jpeg_without_its_end_mark_is_sound_if_every_pixel_came(name: str, behind: bytes) -> None:
    found = examine(JPEGS[name][:-2] + behind)

    assert (found.format, found.ended, examine(JPEGS[name]).ended) == ("JPEG", False, True)
    assert draw(JPEGS[name][:-2] + behind) == draw(JPEGS[name])


@pytest.mark.parametrize("name", JPEGS)
def test_a_jpeg_without_its_end_mark_is_damaged_if_one_pixel_did_not_come(name: str) -> None:
    for cut in (4, 5, 9, 40, 300):
        assert damage(JPEGS[name][:-cut]).startswith("JPEG structure: ")


def test_a_progressive_jpeg_whose_last_scans_did_not_come_is_damaged() -> None:
    whole = JPEGS["progressive"]
    last = whole.rindex(b"\xff\xc4")
    assert damage(whole[:last]) == "JPEG structure: the file ends without its end mark"


def test_an_end_mark_does_not_hide_rows_that_did_not_come() -> None:
    whole = JPEGS["baseline"]
    # The noise is new each time. The last of its twelve blocks is left out whole: one of which a part came is not grey.
    for left in (0.4, 0.7, 0.85):
        cut = whole[: int(len(whole) * left)].rstrip(b"\xff") + END
        assert damage(cut) == "JPEG structure: its data ends before its last rows"


def test_what_did_not_come_is_seen_wherever_it_is_in_a_tall_picture() -> None:
    tall = drawn("JPEG", (16, 700))
    assert not examine(tall[:-2]).ended
    for left in (0.2, 0.6, 0.97):
        assert damage(tall[: int(len(tall) * left)].rstrip(b"\xff") + END).endswith("its last rows")


def test_a_jpeg_that_is_grey_is_sound() -> None:
    for mode in ("L", "RGB", "CMYK"):
        for grey in (126, 127, 128, 129):
            assert examine(plain(mode, grey)).ended
    assert not examine(plain("RGB", 128)[:-2]).ended


@pytest.mark.parametrize(
    ("marker", "bits", "told"),
    [
        (0xC0, 12, "a JPEG of 12 bits a sample"),
        (0xC3, 16, "a JPEG of 16 bits a sample"),
        (0xC5, 8, "a hierarchical JPEG"),
        (0xF7, 8, "a JPEG-LS"),
    ],
)
def test_a_jpeg_of_a_coding_that_is_not_decoded_is_called_that(marker: int, bits: int, told: str) -> None:
    whole = JPEGS["baseline"]
    at = whole.index(b"\xff\xc0")
    other = whole[:at] + bytes([0xFF, marker, *whole[at + 2 : at + 4], bits]) + whole[at + 5 :]
    assert damage(other) == f"JPEG structure: it is {told}, which is not decoded here"


def test_a_control_of_an_animation_that_outlived_its_frames_is_no_damage() -> None:
    for told, missing in ((1, 0), (5, 4)):
        data = png(before=chunk(b"acTL", struct.pack(">II", told, 0)))
        found, still = examine(data), draw(png())
        assert draw(data) == still
        assert (found.format, found.frames, found.missing_pictures) == ("PNG", 1, missing)

    whole = drawn("PNG", frames=3)
    last = whole.rindex(b"fcTL") - 4
    found = examine(whole[:last] + chunk(b"IEND"))
    assert (found.frames, found.missing_pictures) == (2, 1)


def test_a_webp_whose_chunk_is_longer_than_the_file_by_its_header_is_called_that() -> None:
    whole = drawn("WEBP")
    short = whole[:4] + struct.pack("<I", len(whole) - 20) + whole[8:]
    assert "a chunk of it is longer" in damage(short)
    assert "makes nothing of its chunks" in damage(drawn("WEBP", frames=2).replace(b"ANIM", b"NONE", 1))
