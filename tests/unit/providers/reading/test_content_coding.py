"""What a body is beneath its coding: by the bytes, within a bound, or refused by name."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import Unreadable
from archive.reasons import Reason
from archive.records.delivery import Delivery
from providers.reading.content_coding import INFLATED_MAX_BYTES, INFLATED_MOST_TIMES, MEMBERS_MOST, plain
from providers.reading.delivered import plain_body, task_named_by, told_by

TASK = "task-unified-1757156493-imcg5zqt"
BODY = json.dumps({"id": TASK, "status": "failed", "error": {"code": "c", "message": "m"}}).encode()
RAW = zlib.compress(BODY)[2:-4]


def delivery(body: bytes, content_encoding: str | None) -> Delivery:
    return Delivery(
        id="d",
        received_at=datetime(2026, 11, 21, tzinfo=UTC),
        provider="evolink",
        body=body,
        content_encoding=content_encoding,
    )


@pytest.mark.parametrize("named", [None, "", "identity", "Identity", " IDENTITY "])
def test_what_is_said_to_be_plain_is_left_as_it_is(named: str | None) -> None:
    assert (BODY, ()) == plain(BODY, named)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        *((BODY, word) for word in ("utf-8", "UTF8", "identity, identity", "json", "none", "text/plain", "aws-chunked")),
        *((BODY, word) for word in ("gzip", "deflate", "x-gzip", "br", "zstd", "gzip, utf-8")),
        (b"\xef\xbb\xbf \n" + BODY, "gzip"),
        (BODY.decode().encode("utf-16"), "utf-16"),
        (BODY.decode().encode("utf-16-le"), "gzip"),
        *((gzip.compress(BODY), word) for word in ("gzip", "GZIP", "x-gzip", "deflate", "utf-8", "identity", None)),
        (gzip.compress(BODY[:9]) + gzip.compress(BODY[9:]) + b"\0" * 9, "gzip"),
        (zlib.compress(BODY), "deflate"),
        *((zlib.compress(BODY, level), word) for level in (0, 9) for word in ("gzip", "utf-8", None)),
        (RAW, "deflate"),
        (gzip.compress(gzip.compress(BODY)), "gzip, gzip"),
        (gzip.compress(gzip.compress(BODY)), "gzip"),
        (gzip.compress(RAW), "deflate, gzip"),
        (gzip.compress(BODY), "identity, gzip"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else str(value),  # what is compressed holds the time
)  # fmt: skip
def test_a_body_is_read_by_its_bytes_whatever_is_said_of_it(body: bytes, named: str | None) -> None:
    told = told_by(delivery(body, named))

    assert TASK == told.task_id == task_named_by(delivery(body, named))
    assert "content_encoding" in told.forgave


@pytest.mark.parametrize(
    ("body", "named", "why"),
    [
        (gzip.compress(BODY)[:-9], "gzip", "is cut off"),
        (gzip.compress(BODY)[:-8] + bytes(8), "gzip", "is damaged"),
        (gzip.compress(BODY) + b"more", "gzip", "other bytes"),
        (zlib.compress(BODY)[:-1], "deflate", "is cut off"),
        (b"\x02\x03" + RAW, "deflate", "is damaged"),
        (b"\x1b" + RAW, "br", "'br'"),
        (b"\x28\xb5\x2f\xfd" + RAW, "zstd, br", "'zstd, br'"),
        (gzip.compress(gzip.compress(gzip.compress(gzip.compress(BODY)))), "gzip", "more than 3 times"),
        (gzip.compress(b"") * (MEMBERS_MOST + 1), "gzip", "members"),
    ],
    # What is compressed holds the time.
    ids=[
        "gzip cut off",
        "gzip damaged",
        "more behind",
        "zlib cut off",
        "raw damaged",
        "br",
        "zstd",
        "layers",
        "members",
    ],
)
def test_what_cannot_be_undone_is_refused_by_name(body: bytes, named: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why) as refusal:
        told_by(delivery(body, named))

    assert Reason.BAD_ENCODING is refusal.value.reason
    assert body == plain_body(delivery(body, named))
    assert task_named_by(delivery(body, named)) is None


@pytest.mark.parametrize(
    "pack", [gzip.compress, zlib.compress, lambda body: gzip.compress(gzip.compress(body))]
)
def test_a_bomb_is_refused_before_it_has_gone_off(pack: Callable[[bytes], bytes]) -> None:
    bomb = pack(b" " * 30_000_000)

    with pytest.raises(Unreadable, match="inflates"):
        plain(bomb, "deflate")


def test_exactly_the_bound_passes_and_a_byte_more_does_not() -> None:
    whole = random.Random(1).randbytes(INFLATED_MAX_BYTES)

    assert whole == plain(gzip.compress(whole), "gzip").body
    with pytest.raises(Unreadable, match="inflates"):
        plain(gzip.compress(whole + b"x"), "gzip")


def test_what_inflates_to_too_many_times_its_size_is_refused() -> None:
    assert plain(gzip.compress(bytes(9_000)), "gzip").body == bytes(9_000)
    bomb = gzip.compress(bytes(1_000_000))

    assert len(bomb) * INFLATED_MOST_TIMES < 1_000_000 < INFLATED_MAX_BYTES
    with pytest.raises(Unreadable, match="inflates"):
        plain(bomb, "gzip")


@given(
    st.binary(max_size=300),
    st.sampled_from([None, "gzip", "deflate", "br, gzip", "utf-8", ", ,"]) | st.text(),
)
def test_any_bytes_under_any_name_are_read_or_refused(body: bytes, named: str | None) -> None:
    for each in (body, b"\x1f\x8b\x08" + body, b"\x78\x9c" + body, gzip.compress(body)):
        try:
            found = plain(each, named)
        except Unreadable as refusal:
            assert Reason.BAD_ENCODING is refusal.reason  # noqa: PT017 - both ends of the property are stated here
        else:
            assert found.body == each or "content_encoding" in found.forgave
