"""Where a body ends, at the door itself: each request has one answer, and what was answered 202 is kept as it was sent."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Iterator

import pytest

from receiver.wire.framing import SMALL_FRAMES_MOST
from tests.integration.door.lone_receiver import LoneReceiver, receiving, until_closed
from tests.integration.door.sent import OFFERS, body, chunked, counted, doubtful, post
from tests.integration.door.wire import Answer, answers_in, kept

WRONG = "/callbacks/evolink/k1.e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
TOKEN = "a-token-of-the-tests"
LIVEZ = b"GET /livez HTTP/1.1\r\nHost: h\r\n\r\n"
LAST = b"GET /livez HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoneReceiver]:
    with receiving(tmp_path_factory.mktemp("framing"), {"BODY_S": "2", "API_TOKEN": TOKEN}) as receiver:
        yield receiver
        assert "Traceback" not in receiver.log.read_text()


def told(door: LoneReceiver, *pieces: bytes) -> list[Answer]:
    """What is answered to some bytes, each piece sent by itself, until the other side closes."""
    with door.connect() as connection:
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            for piece in pieces:
                connection.sendall(piece)
        return answers_in(until_closed(connection))


@pytest.mark.parametrize("offer", OFFERS)
@pytest.mark.parametrize("framed", [counted, chunked])
@pytest.mark.parametrize("cut", ["whole", "after the header", "by the byte"])
def test_an_offer_of_another_protocol_is_ignored_and_the_body_is_kept(
    door: LoneReceiver, offer: bytes, framed: Callable[[str, bytes, bytes], bytes], cut: str
) -> None:
    first, second = body(), body()
    wire = framed(door.path, first, offer) + framed(door.path, second, offer) + LAST
    header = wire.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    pieces = {
        "whole": [wire],
        "after the header": [header, wire[len(header) :]],
        "by the byte": [wire[at : at + 1] for at in range(len(wire))],
    }[cut]

    answers = told(door, *pieces)
    assert [202, 202, 200] == [answer.status for answer in answers]
    found = kept(door)
    assert [first, second] == [found[answer.accepted or ""] for answer in answers[:2]]


def test_an_order_that_offers_another_protocol_is_read(door: LoneReceiver) -> None:
    sent = b'{"provider":"evolink","task_id":"task-unified-1795000000-abcdefgh","request":{"n":1}}'
    fields = b"Host: h\r\nAuthorization: Bearer %b\r\n" % TOKEN.encode() + OFFERS[0]
    request = b"POST /orders HTTP/1.1\r\n%bContent-Length: %d\r\n\r\n%b" % (fields, len(sent), sent)

    assert [202, 200] == [answer.status for answer in told(door, request + LAST)]


@pytest.mark.parametrize("offer", OFFERS)
@pytest.mark.parametrize("path", [WRONG, "/livez", "/nothing"])
def test_nothing_in_a_strangers_body_is_a_request(door: LoneReceiver, offer: bytes, path: str) -> None:
    inner = body()
    smuggled = b"\r\n" * 50 + counted(door.path, inner) + LIVEZ
    for wire in (counted(path, smuggled, offer), chunked(path, smuggled, offer, frame=4096)):
        header = wire.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        for pieces in ([wire + LIVEZ], [header, wire[len(header) :], LIVEZ]):
            [answer] = told(door, *pieces)
            assert answer.status in {404, 405, 429}
            assert answer.last

    assert inner not in kept(door).values()


@pytest.mark.parametrize("name", doubtful("", b""))
def test_what_may_be_cut_in_two_ways_has_one_answer_and_is_the_last(door: LoneReceiver, name: str) -> None:
    before, sent = kept(door), body()
    wire = doubtful(door.path, sent)[name]
    half = wire.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    for pieces in ([wire + LIVEZ], [half, wire[len(half) :] + LIVEZ]):
        [answer] = told(door, *pieces)

        assert 400 == answer.status
        assert answer.last
        # It says what is wrong.
        assert answer.body.strip()
    assert before == kept(door)


def test_what_can_be_cut_in_one_way_only_is_taken(door: LoneReceiver) -> None:
    sent = [body() for _ in range(9)]
    frames = [b'%x;a=b;c="d e"\r\n%b\r\n0\r\nX: y\r\nZ:\r\n\r\n' % (len(each), each) for each in sent]
    requests = [
        counted(door.path, sent[0]),
        b"\r\n" + counted(door.path, sent[1]),
        post(door.path, b"Transfer-Encoding:\tchunked\r\n") + frames[2],
        post(door.path, b"transfer-ENCODING: CHUNKED\r\n") + frames[3],
        chunked(door.path, sent[4], frame=1),
        post(door.path, b"Content-Length: 00%d\r\n" % len(sent[5])) + sent[5],
        counted(door.path, sent[6], b"Expect: 100-continue\r\n"),
        counted(door.path, sent[7]).replace(b"POST /", b"POST https://evil:1/"),
        post(door.path, b"Content-Length: %d\r\n" % len(sent[8]), version=b"1.0") + sent[8],
    ]
    answers = told(door, b"".join(requests) + LIVEZ)  # after HTTP/1.0 nothing is read

    assert [202] * 9 == [answer.status for answer in answers]
    found = kept(door)
    assert sent == [found[answer.accepted or ""] for answer in answers]
    assert [False] * 8 + [True] == [answer.last for answer in answers]


def test_after_a_client_said_close_nothing_is_read(door: LoneReceiver) -> None:
    sent, late = body(), body()

    [answer] = told(door, counted(door.path, sent, b"Connection: close\r\n") + counted(door.path, late))
    assert answer.last
    found = kept(door)
    assert sent == found[answer.accepted or ""]
    assert late not in found.values()


@pytest.mark.parametrize(
    ("first", "status"),
    [
        (b"POST /nothing HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", 404),
        (b"PUT /livez HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}", 405),
        (b"POST /orders HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}", 401),
        (b"GET /livez HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}", 200),
    ],
)
def test_after_a_refusal_or_an_answer_before_the_bodys_end_nothing_is_read(
    door: LoneReceiver, first: bytes, status: int
) -> None:
    late = body()

    [answer] = told(door, first + counted(door.path, late))
    assert (status, True) == (answer.status, answer.last)
    assert late not in kept(door).values()


def test_a_body_of_too_many_small_frames_is_413_and_not_kept(door: LoneReceiver) -> None:
    before, filler = kept(door), b"{}" + b" " * SMALL_FRAMES_MOST
    [answer] = told(door, chunked(door.path, filler, frame=1) + LIVEZ)

    assert (413, True) == (answer.status, answer.last)
    assert before == kept(door)


def test_a_body_of_the_largest_size_in_frames_of_half_a_kibibyte_is_taken(door: LoneReceiver) -> None:
    sent = body().ljust(1_048_576)

    [answer, _] = told(door, chunked(door.path, sent, frame=512) + LAST)
    assert sent == kept(door)[answer.accepted or ""]
