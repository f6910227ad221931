"""What a status and a head mean."""

from __future__ import annotations

import pytest

from archive.errors import SourceTrouble
from archive.reasons import Reason
from egress.answer import codings, may_bring, redirect, refusal, retry_after_s


def test_a_200_is_read() -> None:
    assert refusal(200, {}) is None
    assert refusal(200, {"content-encoding": "Identity", "transfer-encoding": "chunked"}) is None


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (201, {}),
        (203, {}),
        (206, {}),
        (206, {"content-range": "bytes 0-99/100"}),
        (206, {"content-range": "bytes 0-99/*"}),
        (206, {"content-range": "bytes 0-100/100"}),
        (206, {"content-range": "pages 1-2/3"}),
        (200, {"content-encoding": "gzip"}),
        (200, {"transfer-encoding": "identity, chunked"}),
    ],
)
def test_whatever_brings_the_whole_image_is_read(status: int, headers: dict[str, str]) -> None:
    assert refusal(status, headers) is None


@pytest.mark.parametrize("told", ["bytes 0-49/100", "bytes 50-99/100", " bytes 1-99/100 "])
def test_a_part_of_an_image_is_trouble_that_passes(told: str) -> None:
    error = refusal(206, {"content-range": told})
    assert isinstance(error, SourceTrouble)
    assert "a part" in error.detail


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        *((status, Reason.SOURCE_GONE) for status in (403, 404, 410)),
        *((status, Reason.SOURCE_BUSY) for status in (429, 503)),
        *((status, Reason.SOURCE_TROUBLE) for status in (202, 408, 500, 502, 504, 520, 599)),
        *((s, Reason.SOURCE_REFUSED) for s in (101, 103, 204, 205, 300, 301, 304, 305, 400, 401)),
        *((s, Reason.SOURCE_REFUSED) for s in (405, 406, 416, 418, 451, 600, 999)),
    ],
)
def test_any_other_status_has_its_reason(status: int, reason: Reason) -> None:
    error = refusal(status, {})
    assert error is not None
    assert error.reason is reason
    assert str(status) in error.detail


def test_what_was_done_to_the_transfer_was_done_last() -> None:
    assert codings({}) == ","
    assert codings({"content-encoding": "br", "transfer-encoding": "gzip, chunked"}) == "br,gzip, chunked"


def test_an_answer_that_all_went_well_may_bring_an_image_unless_it_tells_of_a_part() -> None:
    assert all(may_bring(status, {}) for status in (202, 204, 207, 218, 226, 299))
    assert not any(may_bring(status, {}) for status in (199, 206, 300, 404, 500))
    assert may_bring(226, {"content-range": "bytes 0-99/100"})
    assert not may_bring(226, {"content-range": "bytes 0-49/100"})


def test_several_parts_in_one_body_are_called_that() -> None:
    error = refusal(206, {"content-type": "Multipart/ByteRanges; boundary=x"})
    assert isinstance(error, SourceTrouble)
    assert "in parts" in error.detail


@pytest.mark.parametrize(
    ("told", "wait_s"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 120 ", 120.0),
        ("86400", 86_400.0),
        ("86401", None),
        ("9" * 400, None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("soon", None),
        ("", None),
        ("Sat, 21 Nov 2026 07:00:30 GMT", 30.0),
        ("Sat, 21 Nov 2026 06:59:59 GMT", None),
        ("Sat, 21 Nov 2037 07:00:00 GMT", None),
        ("Sat, 99 Nov 2026 07:00:00 GMT", None),
        ("Saturday, 21-Nov-26 07:00:30 GMT", 30.0),
    ],
)
def test_retry_after_is_read_and_absurd_values_say_nothing(told: str, wait_s: float | None) -> None:
    headers = {"retry-after": told, "date": "Sat, 21 Nov 2026 07:00:00 GMT"}
    assert retry_after_s(headers) == wait_s


def test_a_date_is_held_against_the_clock_of_the_origin() -> None:
    headers = {"retry-after": "Sat, 21 Nov 2026 07:00:30 GMT"}
    assert retry_after_s(headers, now=1_795_244_400.0) == 30.0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_leads_where_it_says(status: int) -> None:
    assert redirect(status, {"location": " /next?a=%2f "}) == "/next?a=%2f"
    assert redirect(status, {}) is None


@pytest.mark.parametrize("status", [200, 201, 300, 304, 305, 306, 404])
def test_no_other_status_is_a_redirect(status: int) -> None:
    assert redirect(status, {"location": "https://evil.example/"}) is None


def test_a_location_of_other_bytes_is_sent_as_the_same_bytes() -> None:
    assert redirect(302, {"location": "/é.png".encode().decode("latin-1")}) == "/%C3%A9.png"
