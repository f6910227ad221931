"""Where a body ends: what is taken for one is the same for two other readers of HTTP, and what is in doubt is refused."""

from __future__ import annotations

import contextlib
import time
from itertools import pairwise

import h11
import httptools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receiver.refusal import NotTaken
from receiver.wire.framing import (
    FRAMES_OVERHEAD_MAX_BYTES,
    SMALL_FRAME_BYTES,
    SMALL_FRAMES_MOST,
    Chunked,
    Framing,
    LengthTold,
    framing_of,
)

NEXT = b"GET /livez HTTP/1.1\r\nHost: h\r\n\r\n"
HEAD = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
MANY = settings(max_examples=300, deadline=None)


def taken(framing: Framing, *pieces: bytes) -> tuple[bytes, bytes]:
    """The body that is taken from what comes piece by piece, and what is left of it."""
    came, body = bytearray(), b""
    for piece in pieces:
        came += piece
        body += framing.take(came)
    return body, bytes(came)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """The same bytes in pieces."""
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[begin:end] for begin, end in pairwise(edges)]


def of_h11(wire: bytes) -> tuple[bytes, bytes] | None:
    """What h11 takes for the body, and what it leaves; None: it takes none."""
    connection, body = h11.Connection(h11.SERVER), b""
    connection.receive_data(HEAD + wire)
    try:
        while True:
            event = connection.next_event()
            if isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return body, bytes(connection.trailing_data[0])
            elif event is h11.NEED_DATA:
                return None
    except h11.RemoteProtocolError:
        return None


def of_httptools(wire: bytes) -> tuple[bytes, int] | None:
    """What httptools takes for the body, and how many requests it sees; None: it takes none."""

    class Heard:
        body, ended, requests = b"", False, 0

        def on_message_begin(self) -> None:
            self.requests += 1

        def on_body(self, piece: bytes) -> None:
            self.body += piece

        def on_message_complete(self) -> None:
            self.ended = True

    heard = Heard()
    try:
        httptools.HttpRequestParser(heard).feed_data(HEAD + wire)
    except httptools.HttpParserError:
        return None
    return (heard.body, heard.requests) if heard.ended else None


FRAME = st.builds(
    lambda data, upper, zeros, extension: (
        b"%b%b%b\r\n%b\r\n" % (b"0" * zeros, (b"%X" if upper else b"%x") % len(data), extension, data)
    ),
    st.binary(min_size=1, max_size=40),
    st.booleans(),
    st.integers(0, 3),
    st.sampled_from([b"", b";a", b";a=b", b';a="b;\\"c\t"', b";a=b;c"]),
)
TRAILERS = st.lists(st.sampled_from([b"X: y\r\n", b"Y-Z: a: b\r\n", b"Trailer-Of:\r\n"]), max_size=3)
LAST = st.sampled_from([b"0\r\n", b"000\r\n", b"0;a=b\r\n"])
SOUND = st.builds(
    lambda frames, last, trailers: b"".join([*frames, last, *trailers, b"\r\n"]),
    st.lists(FRAME, max_size=6), LAST, TRAILERS,
)  # fmt: skip
PLACES = st.lists(st.integers(0, 10_000), max_size=8)


@MANY
@given(SOUND, PLACES)
def test_a_sound_body_is_taken_however_it_is_cut_and_the_next_request_is_left(
    wire: bytes, places: list[int]
) -> None:
    body, left = taken(Chunked(), *cut(wire + NEXT, places))

    assert NEXT == left
    assert (body, NEXT) == of_h11(wire + NEXT)
    assert (body, 2) == of_httptools(wire + NEXT)


@MANY
@given(SOUND, st.lists(st.tuples(st.integers(0, 400), st.integers(0, 2), st.sampled_from(
    [b"", b"\r", b"\n", b"\r\n", b"\0", b" ", b"\t", b";", b"0", b"1", b"f", b"x", b"+", b"-", b"_", b"0x", b"\x0b", b":", b"\xff"]
)), min_size=1, max_size=3), PLACES)  # fmt: skip
def test_what_is_taken_for_a_body_is_one_for_others_too(
    wire: bytes, changes: list[tuple[int, int, bytes]], places: list[int]
) -> None:
    """Whatever is done to the frames: ours may refuse what others take, but never takes what they do not."""
    changed = bytearray(wire)
    for place, gone, instead in changes:
        at = place % len(changed)
        changed[at : at + gone] = instead
        changed = changed or bytearray(b"\r\n")
    framing = Chunked()
    try:
        body, left = taken(framing, *cut(bytes(changed) + NEXT, places))
    except NotTaken:
        return
    if not framing.ended:
        return

    whole = bytes(changed) + NEXT
    assert (body, left) == of_h11(whole)
    assert (body, 1) == of_httptools(whole.removesuffix(left))


@pytest.mark.parametrize(
    "wire",
    [
        b"5 \r\nhello\r\n0\r\n\r\n",
        b"+5\r\nhello\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"1_0\r\nhello\r\n0\r\n\r\n",
        b" 5\r\nhello\r\n0\r\n\r\n",
        b"\r\n5\r\nhello\r\n0\r\n\r\n",
        b"5\nhello\r\n0\r\n\r\n",
        b"5;a\nb\r\nhello\r\n0\r\n\r\n",
        b"5;a\rb\r\nhello\r\n0\r\n\r\n",
        b"5;a\0b\r\nhello\r\n0\r\n\r\n",
        b"5;\r\nhello\r\n0\r\n\r\n",
        b"5 ;a\r\nhello\r\n0\r\n\r\n",
        b"5;a=\r\nhello\r\n0\r\n\r\n",
        b'5;a="b\r\nhello\r\n0\r\n\r\n',
        b"5,a\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhelloXX0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"5\r\nhello0\r\n\r\n",
        b"4\r\nhello\r\n0\r\n\r\n",
        b"-5\r\nhello\r\n0\r\n\r\n",
        b"10000000000000005\r\nhello\r\n0\r\n\r\n",
        b"g\r\nhello\r\n0\r\n\r\n",
        b";a\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhello\r\n0\r\n\n",
        b"5\r\nhello\r\n0\r\nGET / HTTP/1.1\r\n\r\n",
        b"5\r\nhello\r\n0\r\nX: y\r\n folded\r\n\r\n",
        b"5\r\nhello\r\n0\r\nX : y\r\n\r\n",
        b"5\r\nhello\r\n0\r\nX: y\nZ: y\r\n\r\n",
        b"5\r\nhello\r\n0\r\n: y\r\n\r\n",
        b"5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n",
        b"5\r\nhello\r\n0\r\nTRANSFER-encoding: chunked\r\n\r\n",
    ],
)  # fmt: skip
def test_frames_that_are_none_are_refused_whole_and_byte_by_byte(wire: bytes) -> None:
    for pieces in ([wire], [wire[at : at + 1] for at in range(len(wire))]):
        with pytest.raises(NotTaken) as refused:
            taken(Chunked(), *pieces)
        assert 400 == refused.value.status


def test_small_frames_are_bounded_in_number_and_larger_ones_are_not() -> None:
    small, large = b"1\r\nx\r\n", b"%x\r\n%b\r\n" % (SMALL_FRAME_BYTES, b"x" * SMALL_FRAME_BYTES)

    body, _ = taken(Chunked(), small * SMALL_FRAMES_MOST + large * 2048)
    assert SMALL_FRAMES_MOST + 2048 * SMALL_FRAME_BYTES == len(body)
    with pytest.raises(NotTaken) as refused:
        taken(Chunked(), small * (SMALL_FRAMES_MOST + 1))
    assert 413 == refused.value.status


@pytest.mark.parametrize(
    ("first", "more"),
    [
        (b"5;", b"a"),
        (b"5\r\nhello\r\n0\r\nX: ", b"a"),
        (b"5\r\nhello\r\n0\r\n", b"X: y\r\n"),
        (b"", b"200;%b\r\n%b\r\n" % (b"a" * 100, b"x" * 512)),
        (b"", b"0" * 16 + b"1"),
    ],
    ids=["an extension", "a trailer", "trailers", "extensions", "a size"],
)
def test_what_stands_beside_the_data_is_bounded(first: bytes, more: bytes) -> None:
    sent = refused_after(first, more)

    assert sent <= FRAMES_OVERHEAD_MAX_BYTES + 320 * SMALL_FRAME_BYTES


def refused_after(first: bytes, more: bytes) -> int:
    """How many bytes are taken before they are refused."""
    framing, came, sent = Chunked(), bytearray(first), 0
    with contextlib.suppress(NotTaken):
        while sent < 2 * FRAMES_OVERHEAD_MAX_BYTES + 640 * SMALL_FRAME_BYTES:
            came += more
            sent += len(more)
            framing.take(came)
    return sent


def test_a_line_that_drips_is_looked_at_once() -> None:
    """Looked at anew with each byte, an extension of 32 KB cost more than a minute."""

    def cost(count: int) -> float:
        framing, came = Chunked(), bytearray(b"5;")
        began = time.process_time()
        for _ in range(count):
            came += b"a"
            framing.take(came)
        return time.process_time() - began

    half, whole = (min(cost(count) for _ in range(3)) for count in (15_000, 30_000))
    assert whole < half * 3


@MANY
@given(st.binary(max_size=200), st.binary(max_size=50), PLACES)
def test_a_counted_body_is_taken_to_its_last_byte(body: bytes, more: bytes, places: list[int]) -> None:
    framing = LengthTold(len(body))

    assert (body, more) == taken(framing, *cut(body + more, places))
    assert framing.ended


@pytest.mark.parametrize(
    ("version", "lengths", "codings"),
    [
        ("1.1", [b"5"], [b"chunked"]),
        ("1.1", [b"5", b"5"], []),
        ("1.1", [b"5", b"6"], []),
        ("1.1", [b"5, 5"], []),
        ("1.1", [b""], []),
        ("1.1", [b"+5"], []),
        ("1.1", [b"-1"], []),
        ("1.1", [b"0x5"], []),
        ("1.1", [b"5_0"], []),
        ("1.1", [b"5.0"], []),
        ("1.1", ["\N{ARABIC-INDIC DIGIT FIVE}".encode()], []),
        ("1.1", [b"9" * 19], []),
        ("1.1", [], [b"gzip, chunked"]),
        ("1.1", [], [b"chunked, chunked"]),
        ("1.1", [], [b"chunked", b"chunked"]),
        ("1.1", [], [b"xchunked"]),
        ("1.1", [], [b"identity"]),
        ("1.1", [], [b"chunked;a=b"]),
        ("1.1", [], [b""]),
        ("1.0", [], [b"chunked"]),
    ],
)
def test_a_header_that_leaves_the_end_in_doubt_is_refused(
    version: str,
    lengths: list[bytes],
    codings: list[bytes],
) -> None:
    with pytest.raises(NotTaken) as refused:
        framing_of(version, lengths, codings)
    assert 400 == refused.value.status


def test_a_header_that_tells_the_end_is_believed() -> None:
    assert framing_of("1.1", [], []).ended
    assert framing_of("1.0", [b"0"], []).ended
    assert isinstance(framing_of("1.1", [], [b"Chunked"]), Chunked)
    assert (b"hello", b"x") == taken(framing_of("1.1", [b"005"], []), b"hellox")
