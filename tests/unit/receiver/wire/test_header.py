"""A header: what is taken for one is the same for another reader of HTTP, and what two may read differently is refused."""

from __future__ import annotations

import time

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receiver.refusal import NotTaken
from receiver.wire.framing import Chunked, LengthTold
from receiver.wire.header import HEADER_MAX_BYTES, HEADER_MAX_FIELDS, PATH_MAX_CHARACTERS, read_header

# Of the longest header, what a line of it may have.
ALMOST = HEADER_MAX_BYTES - 400
# Before decoding and lists were bounded it was 46 and 6 times as much.
DEARER_MOST = 4.0
LINE = b"POST /callbacks/evolink/a.b.c HTTP/1.1\r\n"
SOUND = LINE + b"Host: h\r\nContent-Length: 5\r\nX: y\r\nTransfer-Extra: chunked\r\n\r\n"


def refusal(raw: bytes) -> int:
    """The status that a header is refused with."""
    with pytest.raises(NotTaken) as refused:
        read_header(raw)
    return refused.value.status


def test_a_header_is_read() -> None:
    header = read_header(
        b"POST /a%20b/c?d=e HTTP/1.1\r\nHost: h\r\nX-Padded: \t a b \t \r\nEmpty:\r\nContent-Length: 7\r\n\r\n"
    )

    assert ("POST", "1.1", "/a b/c", b"/a%20b/c", b"d=e") == header[:5]
    assert [
        (b"host", b"h"),
        (b"x-padded", b"a b"),
        (b"empty", b""),
        (b"content-length", b"7"),
    ] == header.fields
    assert (True, False) == (header.stays, header.waits)
    assert isinstance(header.framing, LengthTold)


@pytest.mark.parametrize(
    "fields",
    [
        b"Connection: Upgrade\r\nUpgrade: h2c\r\n",
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
        b"Connection: keep-alive, upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
        b"Upgrade: TLS/1.2\r\n",
        b"CONNECTION: UPGRADE\r\nUPGRADE: h2c, websocket\r\n",
    ],
)
def test_an_offer_of_another_protocol_changes_nothing(fields: bytes) -> None:
    counted = read_header(LINE + fields + b"Content-Length: 5\r\n\r\n")
    chunked = read_header(LINE + fields + b"Transfer-Encoding: chunked\r\n\r\n")

    assert isinstance(counted.framing, LengthTold)
    assert 5 == counted.framing.left
    assert isinstance(chunked.framing, Chunked)
    assert counted.stays
    assert chunked.stays


@pytest.mark.parametrize(
    ("raw", "stays"),
    [
        (LINE + b"\r\n", True),
        (LINE + b"Connection: keep-alive\r\n\r\n", True),
        (LINE + b"Connection: close\r\n\r\n", False),
        (LINE + b"Connection: Upgrade , Close\r\n\r\n", False),
        (LINE + b"Connection: keep-alive\r\nConnection: close\r\n\r\n", False),
        (LINE.replace(b"1.1", b"1.0") + b"Connection: keep-alive\r\n\r\n", False),
    ],
)
def test_who_would_go_on_says_so(raw: bytes, *, stays: bool) -> None:
    assert stays == read_header(raw).stays


@pytest.mark.parametrize(
    ("raw", "waits"),
    [
        (LINE + b"Expect: 100-continue\r\n\r\n", True),
        (LINE + b"Expect: 100-Continue\r\n\r\n", True),
        (LINE + b"Expect: a miracle\r\n\r\n", False),
        (LINE.replace(b"1.1", b"1.0") + b"Expect: 100-continue\r\n\r\n", False),
    ],
)
def test_who_waits_to_be_asked_says_so(raw: bytes, *, waits: bool) -> None:
    assert waits == read_header(raw).waits


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /livez\r\nHost: h\r\n\r\n",
        b"GET /livez\nHost: h\r\n\r\n",
        b"GET /livez HTTP/0.9\r\n\r\n",
        b"GET /livez HTTP/1.2\r\n\r\n",
        b"GET /livez HTTP/2.0\r\n\r\n",
        b"GET /livez HTTP/1.1 \r\n\r\n",
        b"GET  /livez HTTP/1.1\r\n\r\n",
        b"GET /livez  HTTP/1.1\r\n\r\n",
        b"GET\t/livez HTTP/1.1\r\n\r\n",
        b" GET /livez HTTP/1.1\r\n\r\n",
        b"GET /li vez HTTP/1.1\r\n\r\n",
        b"GET /liv\xc3\xa4 HTTP/1.1\r\n\r\n",
        b"get /livez HTTP/1.1\r\n\r\n",
        b"NONE /livez HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\n",
        b"CONNECT evil:443 HTTP/1.1\r\n\r\n",
        b"DESCRIBE / RTSP/1.0\r\n\r\n",
        b"SOURCE / ICE/1.0\r\n\r\n",
        b"GET evil HTTP/1.1\r\n\r\n",
        LINE + b"X: y\nZ: y\r\n\r\n",
        LINE + b"X: y\rZ: y\r\n\r\n",
        LINE + b"X: y\r\r\n\r\n",
        LINE + b"X: \0\r\n\r\n",
        LINE + b"X: \x0b\r\n\r\n",
        LINE + b"X: \x7f\r\n\r\n",
        LINE + b"X\x01: y\r\n\r\n",
        LINE + b"X\xe4: y\r\n\r\n",
        LINE + b"X : y\r\n\r\n",
        LINE + b" X: y\r\n\r\n",
        LINE + b"X: y\r\n z\r\n\r\n",
        LINE + b"X: y\r\n\tz\r\n\r\n",
        LINE + b"X\r\n\r\n",
        LINE + b": y\r\n\r\n",
        LINE + b"Transfer-Encoding: \x0bchunked\r\n\r\n",
        LINE + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
        LINE + b"Transfer-Encoding:\r\n chunked\r\n\r\n",
        LINE.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n",
        LINE + b"Content-Length: 5\r\ncontent-length: 5\r\n\r\n",
    ],
)
def test_what_is_not_plainly_a_header_is_refused(raw: bytes) -> None:
    assert 400 == refusal(raw)


def test_a_header_has_its_bounds() -> None:
    read_header(LINE + b"X: y\r\n" * HEADER_MAX_FIELDS + b"\r\n")
    assert 431 == refusal(LINE + b"X: y\r\n" * (HEADER_MAX_FIELDS + 1) + b"\r\n")
    rest = HEADER_MAX_BYTES - len(LINE) - len(b"X: \r\n\r\n")
    read_header(LINE + b"X: " + b"y" * rest + b"\r\n\r\n")
    assert 431 == refusal(LINE + b"X: " + b"y" * (rest + 1) + b"\r\n\r\n")


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("/callbacks/evolink/a%2eb%2Ec", "/callbacks/evolink/a.b.c"),
        ("/%6civez", "/livez"),
        ("/%", "/%"),
        ("/%4", "/%4"),
        ("/%41%zz", "/%41%zz"),
        ("/" + "%41" * PATH_MAX_CHARACTERS, "/" + "%41" * PATH_MAX_CHARACTERS),
    ],
)
def test_a_path_is_decoded_where_it_may_be_one_of_ours(path: str, read: str) -> None:
    assert read == read_header(f"GET {path} HTTP/1.1\r\n\r\n".encode()).path


@pytest.mark.parametrize(
    "value", ["close", "keep-alive, Close", " \tclose ,x", ",,close,", "x\r\nConnection: close"]
)
def test_the_last_request_of_a_connection_says_so(value: str) -> None:
    assert not read_header(f"GET / HTTP/1.1\r\nConnection: {value}\r\n\r\n".encode()).stays


@pytest.mark.parametrize("value", ["keep-alive", "closed", "unclose", "close-not, not-close", "", ","])
def test_any_other_may_be_followed_by_one_more(value: str) -> None:
    assert read_header(f"GET / HTTP/1.1\r\nConnection: {value}\r\n\r\n".encode()).stays


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /%b HTTP/1.1\r\n\r\n" % (b"%" * ALMOST),
        b"GET /%b HTTP/1.1\r\n\r\n" % (b"%41" * (ALMOST // 3)),
        b"GET /?%b HTTP/1.1\r\n\r\n" % (b"a=%41&" * (ALMOST // 6)),
        b"GET / HTTP/1.1\r\nConnection: %b\r\n\r\n" % (b"," * ALMOST),
        b"GET / HTTP/1.1\r\nConnection: %b\r\n\r\n" % (b"close " * (ALMOST // 6)),
        b"GET / HTTP/1.1\r\nExpect: x%b\r\n\r\n" % (b", 100-continue x" * (ALMOST // 16)),
        b"GET / HTTP/1.1\r\n%b\r\n" % ((b"Connection: %b\r\n" % (b"," * 320)) * (ALMOST // 340)),
    ],
)
def test_no_header_costs_much_more_than_a_plain_one_of_its_length(raw: bytes) -> None:
    """Of 240 strangers each might have one in hand, and an honest callback waits for all of them."""
    plain = b"GET /%b HTTP/1.1\r\n\r\n" % (b"a" * ALMOST)

    assert cost(raw) < DEARER_MOST * cost(plain)


def cost(raw: bytes) -> float:
    """Seconds of this thread's processor, the least of several runs of ten."""

    def once() -> float:
        began = time.thread_time()
        for _ in range(10):
            read_header(raw)
        return time.thread_time() - began

    return min(once() for _ in range(5))


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 3), st.binary(max_size=2) | st.sampled_from(
    [b"\r", b"\n", b"\r\n", b"\r\n ", b"\0", b" ", b"\t", b":", b"\x0b", b",", b"chunked", b"Content-Length: 6\r\n",
     b"Transfer-Encoding: chunked\r\n", b"Upgrade: h2c\r\n", b"HTTP/1.0", b"CONNECT"]
)), min_size=1, max_size=4))  # fmt: skip
def test_what_is_taken_for_a_header_is_one_for_another_reader_too(
    changes: list[tuple[int, int, bytes]],
) -> None:
    changed = bytearray(SOUND[:-4])
    for place, gone, instead in changes:
        at = place % len(changed)
        changed[at : at + gone] = instead
        changed = changed or bytearray(b"x")
    raw = bytes(changed).partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    try:
        header = read_header(raw)
    except NotTaken:
        return

    reader = h11.Connection(h11.SERVER)
    # It wants a Host, which decides nothing here.
    reader.receive_data(
        raw[:-2] + (b"" if any(name == b"host" for name, _ in header.fields) else b"Host: h\r\n") + b"\r\n"
    )
    event = reader.next_event()
    assert isinstance(event, h11.Request)
    assert (header.method.encode(), header.version.encode()) == (event.method, event.http_version)
    assert header.fields == [(name, value) for name, value in event.headers][: len(header.fields)]
