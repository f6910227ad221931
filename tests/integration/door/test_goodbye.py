"""The end of a connection: who is refused can read why, though it is still sending; and nobody can draw the end out."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Iterator

import pytest

from receiver.wire.goodbye import GOODBYE_S, QUIET_S
from tests.integration.door.lone_receiver import LoneReceiver, receiving, until_closed
from tests.integration.door.sent import body, counted, post
from tests.integration.door.wire import answers_in, kept
from tests.pace import Patience, Stopwatch

WRONG = "/callbacks/evolink/k1.e30.AAAA"
PLAIN = {"TLS_CERT": "", "TLS_KEY": "", "TRUSTED_PROXIES": "127.0.0.1"}
HTTPS = b"X-Forwarded-Proto: https\r\n"
# Room for two busy cores; far below the deadline of a body.
SLACK_S = 3.0
# More than is thrown away, and than a system takes from a client that is not read.
ENDLESS = b"x" * 65_536 * 4


@pytest.fixture(scope="module", params=["over TLS", "behind a proxy"])
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoneReceiver]:
    own = {} if request.param == "over TLS" else PLAIN
    with receiving(tmp_path_factory.mktemp("goodbye"), {**own, "BODY_S": "30", "HEADER_S": "30"}) as receiver:
        yield receiver
        assert "Traceback" not in receiver.log.read_text()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoneReceiver]:
    with receiving(tmp_path_factory.mktemp("plain"), PLAIN) as receiver:
        yield receiver


def connected(door: LoneReceiver) -> socket.socket:
    return door.connect(tls=door.tls)


@pytest.mark.parametrize(
    ("header", "statuses"),
    [
        (post(WRONG, HTTPS + b"Content-Length: 1000000\r\n"), {404, 429}),
        (post(WRONG, HTTPS + b"Transfer-Encoding: chunked\r\n"), {404, 429}),
        (b"POST / HTTP/1.1\r\nContent-Length: 1000000\r\nContent-Length: 1\r\n\r\n", {400}),
    ],
    ids=["counted", "chunked", "doubtful"],
)
def test_who_sends_on_after_a_refusal_can_read_it(
    door: LoneReceiver, header: bytes, statuses: set[int]
) -> None:
    with connected(door) as connection:
        connection.sendall(header)
        time.sleep(0.05)  # the answer is on its way before the rest is
        for _ in range(4):
            connection.sendall(b"x" * 50_000)
        [answer] = answers_in(until_closed(connection))

    assert answer.status in statuses
    assert answer.last


@pytest.mark.parametrize("size", [1_048_577, 5_000_000])
def test_who_sends_too_large_a_body_can_read_so(door: LoneReceiver, size: int) -> None:
    with connected(door) as connection:
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            connection.sendall(post(door.path, HTTPS + b"Content-Length: %d\r\n" % size) + b"x" * size)
        [answer] = answers_in(until_closed(connection))

    assert 413 == answer.status


def test_who_says_nothing_after_a_refusal_is_let_go_soon(door: LoneReceiver) -> None:
    with connected(door) as connection, Stopwatch() as watch:
        connection.sendall(post(WRONG, HTTPS + b"Transfer-Encoding: chunked\r\n"))
        until_closed(connection)

    assert watch.within(QUIET_S + SLACK_S), watch


def test_who_sends_without_end_is_cut_off_in_time(door: LoneReceiver) -> None:
    before = door.resident_bytes
    with connected(door) as connection:
        connection.sendall(post(WRONG, HTTPS + b"Transfer-Encoding: chunked\r\n"))
        patience = Patience(GOODBYE_S + 2 * SLACK_S)
        with Stopwatch() as watch, contextlib.suppress(ConnectionError, ssl.SSLError):
            while not patience.over:
                connection.sendall(ENDLESS)

    assert watch.within(GOODBYE_S + SLACK_S), watch
    assert door.resident_bytes - before < 24_000_000


def test_who_has_closed_its_half_has_its_answer(plain: LoneReceiver) -> None:
    sent = body()
    with plain.connect(tls=False) as connection:
        connection.sendall(counted(plain.path, sent, HTTPS))
        connection.shutdown(socket.SHUT_WR)
        [answer] = answers_in(until_closed(connection))

    assert sent == kept(plain)[answer.accepted or ""]


@pytest.mark.parametrize("half", [b"Content-Length: 100\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_who_has_closed_its_half_within_a_body_is_not_waited_for(plain: LoneReceiver, half: bytes) -> None:
    before = kept(plain)
    with plain.connect(tls=False) as connection:
        connection.sendall(post(plain.path, HTTPS + half) + b"5\r\nhello")
        connection.shutdown(socket.SHUT_WR)
        with Stopwatch() as watch:
            until_closed(connection)

    assert watch.within(SLACK_S), watch
    assert before == kept(plain)


def test_each_of_its_requests_has_its_answer(plain: LoneReceiver) -> None:
    sent = [body() for _ in range(3)]
    with plain.connect(tls=False) as connection:
        connection.sendall(b"".join(counted(plain.path, each, HTTPS) for each in sent))
        connection.shutdown(socket.SHUT_WR)
        answers = answers_in(until_closed(connection))

    assert [202] * 3 == [answer.status for answer in answers]
    assert sent == [kept(plain)[answer.accepted or ""] for answer in answers]
