"""The verdicts on whole files: what is sound, what is damaged, and which layer says so."""

from __future__ import annotations

import io
import struct
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from archive.errors import Damaged
from archive.reasons import Reason
from tests.unit.workers.decoding.pictures import chunk, drawn, header, png, with_wrong_crc
from workers.decoding.decoder import examine, judge
from workers.decoding.verdict import DecodeLimits, Facts

JPEG = drawn("JPEG")
WEBP = drawn("WEBP")
KINDS = {"PNG": drawn("PNG"), "JPEG": JPEG, "WEBP": WEBP}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "source"


def facts(file: Path, data: bytes, limits: DecodeLimits | None = None) -> Facts:
    file.write_bytes(data)
    return examine(file.read_bytes(), limits)


def refused(file: Path, data: bytes, limits: DecodeLimits | None = None) -> Damaged:
    with pytest.raises(Damaged) as caught:
        facts(file, data, limits)
    assert str(file) not in caught.value.detail
    return caught.value


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    """A WebP container of these chunks."""
    body = b"".join(
        kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for kind, data in chunks
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


@pytest.mark.parametrize(
    ("kind", "content_type", "extension"),
    [("PNG", "image/png", "png"), ("JPEG", "image/jpeg", "jpg"), ("WEBP", "image/webp", "webp")],
)
def test_a_sound_image_tells_what_it_is(file: Path, kind: str, content_type: str, extension: str) -> None:
    assert facts(file, KINDS[kind]) == Facts(
        format=kind, content_type=content_type, extension=extension, mode="RGB", width=64, height=48
    )


def test_an_mpo_is_kept_as_a_jpeg_of_two_pictures(file: Path) -> None:
    found = facts(file, drawn("MPO", frames=2))
    assert (found.format, found.content_type, found.extension) == ("MPO", "image/jpeg", "jpg")
    assert (found.frames, found.trailing_bytes) == (2, 0)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_an_animation_tells_its_frames(file: Path, kind: str) -> None:
    assert facts(file, drawn(kind, frames=3)).frames == 3


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "MPO"])
def test_a_later_frame_that_is_damaged_is_damage(file: Path, kind: str) -> None:
    whole = drawn(kind, frames=3)
    if kind == "PNG":
        broken = with_wrong_crc(whole, b"fdAT")
    elif kind == "WEBP":
        at = whole.rindex(b"VP8 ")
        broken = whole[: at + 8] + bytes(len(whole) - at - 8)
    else:
        broken = whole[: whole.rindex(b"\xff\xda") + 200]
    assert refused(file, broken).reason is Reason.UNDECODABLE


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("missing", [3, 4, 12, 16, 400])
def test_an_image_without_its_last_bytes_is_damage(file: Path, kind: str, missing: int) -> None:
    assert refused(file, KINDS[kind][:-missing]).reason is Reason.UNDECODABLE


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("trailing", [b"\0", b"PK\x03\x04zip", b"\xff\xd9" * 50])
def test_bytes_behind_the_end_are_counted(file: Path, kind: str, trailing: bytes) -> None:
    assert facts(file, KINDS[kind] + trailing).trailing_bytes == len(trailing)


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><title>limit reached</title>", "HTML"),
        (b"\xef\xbb\xbf\n <HTML><body>", "HTML"),
        (b"<!-- x --><html>", "HTML"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code>", "XML"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b'{"error": "gone"}', "JSON"),
        (b"GIF89a" + bytes(20), "GIF"),
        (b"BM" + bytes(60), "BMP"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04", "ZIP"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\0\0\0\x1cftypavif", "AVIF"),
        (b"\0\0\0\x1cftypisom", "video"),
        (b"not found", "text"),
        (bytes(range(128, 255)), "unknown"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "PostScript"),
        (b"RIFF\0\0\0\0WAVE", "audio"),
    ],
)
def test_what_is_no_image_is_named_by_a_word_of_ours(file: Path, data: bytes, hint: str) -> None:
    error = refused(file, data)
    assert error.reason is Reason.NOT_AN_IMAGE
    assert hint in error.detail
    assert len(error.detail) < 80


@pytest.mark.parametrize(
    "data",
    [
        png(head=header(40_000, 40_000)),
        png(head=header(9_000, 9_000)),  # Pillow only warns of this many
        png(head=header(2**31 - 1, 1)),
        JPEG.replace(struct.pack(">HH", 48, 64), struct.pack(">HH", 60_000, 60_000)),
        riff((b"VP8X", bytes(4) + b"\xff\xff\x00\xff\xff\x00")),
        riff((b"VP8L", b"\x2f" + struct.pack("<I", 16_383 | 16_383 << 14) + bytes(5))),
        riff((b"VP8 ", b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 16_383, 16_383))),
        png(before=chunk(b"acTL", struct.pack(">II", 1_000_000, 0))),
    ],
)
def test_an_image_of_too_many_pixels_is_refused_before_it_is_decoded(file: Path, data: bytes) -> None:
    assert refused(file, data).reason is Reason.TOO_MANY_PIXELS


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_exactly_as_many_pixels_as_are_taken_pass(file: Path, kind: str) -> None:
    assert facts(file, KINDS[kind], DecodeLimits(max_pixels=64 * 48)).width == 64
    assert refused(file, KINDS[kind], DecodeLimits(max_pixels=64 * 48 - 1)).reason is Reason.TOO_MANY_PIXELS


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "MPO"])
def test_every_frame_counts(file: Path, kind: str) -> None:
    animated = drawn(kind, frames=3)
    assert facts(file, animated, DecodeLimits(max_pixels=64 * 48 * 3)).frames == 3
    assert refused(file, animated, DecodeLimits(max_pixels=64 * 48 * 3 - 1)).reason is Reason.TOO_MANY_PIXELS
    assert refused(file, animated, DecodeLimits(max_frames=2)).reason is Reason.TOO_MANY_PIXELS


def test_a_c2pa_manifest_is_seen_in_each_format(file: Path) -> None:
    box = b"JP\x00\x01\x00\x00\x00\x01\x00\x00\x00\x40jumb\x00\x00\x00\x1ejumdc2pa" + bytes(40)
    jpeg = JPEG[:2] + b"\xff\xeb" + struct.pack(">H", len(box) + 2) + box + JPEG[2:]
    lossless = io.BytesIO()
    Image.new("RGB", (8, 8)).save(lossless, "WEBP", lossless=True)
    body = lossless.getvalue()[12:]
    extended = (b"VP8X", bytes(4) + b"\x07\x00\x00\x07\x00\x00")
    webp = riff(extended, (body[:4], body[8 : 8 + int.from_bytes(body[4:8], "little")]), (b"C2PA", b"x" * 7))
    assert facts(file, jpeg).c2pa
    assert facts(file, png(before=chunk(b"caBX", box))).c2pa
    assert facts(file, webp).c2pa


def test_another_app11_segment_is_no_manifest(file: Path) -> None:
    other = b"HDR_RI ver=11"
    data = JPEG[:2] + b"\xff\xeb" + struct.pack(">H", len(other) + 2) + other + JPEG[2:]
    assert not facts(file, data).c2pa


def test_an_end_mark_within_a_segment_is_not_the_end(file: Path) -> None:
    thumbnail = b"Exif\0\0" + b"\xff\xd8\xff\xd9"
    data = JPEG[:2] + b"\xff\xfe" + struct.pack(">H", len(thumbnail) + 2) + thumbnail + JPEG[2:]
    assert facts(file, data).trailing_bytes == 0


def test_a_progressive_jpeg_with_restarts_is_followed_to_its_end(file: Path) -> None:
    drawing = io.BytesIO()
    picture = Image.effect_noise((300, 200), 60).convert("RGB")
    picture.save(drawing, "JPEG", progressive=True, restart_marker_blocks=3)
    assert facts(file, drawing.getvalue()).trailing_bytes == 0


def test_decoding_goes_on_only_while_truncated_images_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(RuntimeError):
        examine(JPEG)


def test_a_file_that_cannot_be_read_is_no_verdict_on_the_image(file: Path) -> None:
    with file.open("ab") as unreadable:
        assert msgspec.json.decode(judge(unreadable, DecodeLimits()))["verdict"] == "failed"


def test_a_verdict_crosses_the_pipe_as_data() -> None:
    assert msgspec.json.decode(judge(io.BytesIO(b"<html>"), DecodeLimits())) == {
        "verdict": "damaged",
        "reason": "not_an_image",
        "detail": "magic bytes: no PNG, JPEG or WebP: it looks like HTML",
    }
    assert msgspec.json.decode(judge(io.BytesIO(JPEG), DecodeLimits()), type=Facts).width == 64


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "MPO"])
def test_what_is_animated_is_taken_or_refused_as_the_setting_says(file: Path, kind: str) -> None:
    animated = drawn(kind, frames=2)
    assert facts(file, animated, DecodeLimits(animated=True)).frames == 2
    error = refused(file, animated, DecodeLimits(animated=False))
    assert (error.reason, error.detail) == (Reason.ANIMATED, "limits: 2 frames; one is taken here")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_still_image_is_taken_where_animated_ones_are_not(file: Path, kind: str) -> None:
    assert facts(file, KINDS[kind], DecodeLimits(animated=False)).frames == 1


@pytest.mark.parametrize(
    ("data", "layer"),
    [
        (b"<html>", "magic bytes: "),
        (b"\x89PNG\r\n\x1a\n" + b"rubbish", "PNG structure: "),
        (JPEG[:50], "JPEG structure: "),
        (JPEG.replace(b"\xff\xc0", b"\xff\xe9"), "open: "),
        (png(head=header(9_000, 9_000)), "limits: "),
        (png(raw=b""), "PNG structure: "),
        (JPEG[:-3], "JPEG structure: "),
        (WEBP[:-2], "WebP structure: "),
        (riff((b"VP8 ", WEBP[20:400])), "decode: "),
    ],
)
def test_a_refusal_begins_with_the_layer_that_failed(file: Path, data: bytes, layer: str) -> None:
    assert refused(file, data).detail.startswith(layer)


SMALL = {kind: drawn(kind, (9, 7)) for kind in ("PNG", "JPEG", "WEBP")}


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(kind=st.sampled_from(sorted(SMALL)), where=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
def test_a_mutated_byte_raises_nothing_but_damage(file: Path, kind: str, where: float, byte: int) -> None:
    sound = SMALL[kind]
    at = int(where * len(sound))
    with suppress(Damaged):
        facts(file, sound[:at] + bytes([byte]) + sound[at + 1 :])


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    start=st.sampled_from([b"\xff\xd8\xff", b"RIFF\x40\0\0\0WEBP", b"\x89PNG\r\n\x1a\n"]), rest=st.binary()
)
def test_any_bytes_behind_a_signature_raise_nothing_but_damage(file: Path, start: bytes, rest: bytes) -> None:
    assert refused(file, start + rest).reason in {Reason.UNDECODABLE, Reason.TOO_MANY_PIXELS}
