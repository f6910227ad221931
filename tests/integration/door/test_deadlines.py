"""How long a client may take, and how much it may send before it is known."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator

import pytest

from tests.integration.door.lone_receiver import LoneReceiver, read_answer, receiving, status_of, until_closed
from tests.pace import Patience, Stopwatch

HEADER_S, BODY_S, IDLE_S = 1.0, 1.0, 1.5
# Room for two busy cores; far below any deadline that uvicorn has by itself.
SLACK_S = 2.5
# A ClientHello's first bytes: a record of 200 bytes is announced, six come.
HALF_HELLO = bytes.fromhex("16030100c8010000c4")
GET = b"GET /livez HTTP/1.1\r\nHost: h\r\n\r\n"
LAST = b"GET /livez HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoneReceiver]:
    with receiving(
        tmp_path_factory.mktemp("deadlines"),
        {"HEADER_S": str(HEADER_S), "BODY_S": str(BODY_S), "IDLE_S": str(IDLE_S)},
    ) as receiver:
        yield receiver


def dripped(connection: socket.socket, piece: bytes = b"x", every_s: float = 0.1) -> bytes:
    """Go on sending a piece now and then until there is an answer, or an end; that answer."""
    patience = Patience(HEADER_S + BODY_S + IDLE_S + SLACK_S)
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while not patience.over:
            connection.settimeout(every_s)
            try:
                return connection.recv(4096)
            except TimeoutError:
                connection.sendall(piece)
    return b""


def sent_until_cut(connection: socket.socket, piece: bytes, within_s: float) -> Stopwatch:
    """How long the other side lets one send."""
    patience = Patience(within_s)
    connection.settimeout(within_s)
    with Stopwatch() as watch, contextlib.suppress(ConnectionError, ssl.SSLError, TimeoutError):
        while not patience.over:
            connection.sendall(piece)
    return watch


def took(watch: Stopwatch, deadline_s: float) -> bool:
    """Whether something ended at its deadline: not before, and not long after."""
    return watch.took_s >= deadline_s - 0.1 and watch.within(deadline_s + SLACK_S)


@pytest.mark.parametrize("first", [b"", HALF_HELLO])
def test_a_handshake_that_does_not_come_is_not_waited_for(door: LoneReceiver, first: bytes) -> None:
    with Stopwatch() as watch, door.connect(tls=False) as connection:
        connection.sendall(first)
        until_closed(connection)

    assert took(watch, HEADER_S), watch


def test_a_connection_without_a_request_is_closed_without_a_word(door: LoneReceiver) -> None:
    with Stopwatch() as watch, door.connect() as connection:
        answer = until_closed(connection)

    assert b"" == answer
    assert took(watch, HEADER_S), watch


def test_a_header_that_drips_is_408(door: LoneReceiver) -> None:
    with Stopwatch() as watch, door.connect() as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nX: ")
        answer = dripped(connection)

    assert 408 == status_of(answer)
    assert took(watch, HEADER_S), watch


def test_line_breaks_between_requests_keep_no_connection_alive(door: LoneReceiver) -> None:
    with door.connect() as connection:
        connection.sendall(GET)
        assert 200 == status_of(read_answer(connection))
        with Stopwatch() as watch:
            dripped(connection, b"\r\n")

    assert watch.within(HEADER_S + SLACK_S), watch


def test_an_idle_connection_is_closed(door: LoneReceiver) -> None:
    with door.connect() as connection, Stopwatch() as watch:
        connection.sendall(GET)
        assert 200 == status_of(read_answer(connection))
        until_closed(connection)

    assert took(watch, IDLE_S), watch


def test_a_body_that_drips_is_408(door: LoneReceiver) -> None:
    with door.connect() as connection:
        connection.sendall(f"POST {door.path} HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n".encode())
        with Stopwatch() as watch:
            answer = dripped(connection)

    assert 408 == status_of(answer)
    assert watch.within(BODY_S + SLACK_S), watch


@pytest.mark.parametrize(
    "header",
    [
        b"X: " + b"a" * 33_000 + b"\r\n",
        b"".join(b"X-%d: a\r\n" % number for number in range(101)),
        b"".join(b"X-%d: %s\r\n" % (number, b"a" * 500) for number in range(90)),
    ],
    ids=["one long field", "many fields", "many bytes"],
)
def test_a_header_over_its_limits_is_431(door: LoneReceiver, header: bytes) -> None:
    assert 431 == status_of(door.ask(b"GET /livez HTTP/1.1\r\nHost: h\r\n" + header + b"\r\n"))


def test_a_header_within_its_limits_is_taken(door: LoneReceiver) -> None:
    header = b"X: " + b"a" * 32_000 + b"\r\nConnection: close\r\n"

    assert 200 == status_of(door.ask(b"GET /livez HTTP/1.1\r\nHost: h\r\n" + header + b"\r\n"))


def test_a_target_over_the_limit_is_431(door: LoneReceiver) -> None:
    assert 431 == status_of(door.ask(b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n"))


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        ("GET /livez HTTP/1.1\r\nX: ", b"a" * 16_384),
        ("POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"a" * 16_384),
        ("POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"a" * 16_384),
        (
            "POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"1;aaaaaaaaaaaaaaaaaaaaaaaaaa\r\nx\r\n" * 500,
        ),
    ],
    ids=["a field", "a trailer", "an extension of a chunk", "frames of chunks"],
)
def test_an_endless_header_or_frame_is_cut_off(door: LoneReceiver, head: str, piece: bytes) -> None:
    """Uvicorn took a header of 21 MB, and without end what stands between a body's chunks."""
    before = door.resident_bytes
    with door.connect() as connection:
        connection.sendall(head.format(path=door.path).encode())

        watch = sent_until_cut(connection, piece, 10)
        assert watch.within(1 + SLACK_S), watch
        assert door.resident_bytes - before < 24_000_000


def test_a_thousand_pipelined_requests_are_answered_one_after_the_other(door: LoneReceiver) -> None:
    with door.connect() as connection:
        connection.sendall(GET * 1000 + LAST)
        answer = until_closed(connection)

    assert 1001 == answer.count(b"HTTP/1.1 200")


def test_pipelined_requests_whose_answers_nobody_takes_are_not_gathered(door: LoneReceiver) -> None:
    """They wait where they are, in the client's own system, until it reads."""
    before = door.resident_bytes
    with door.connect() as connection:
        sent_until_cut(connection, GET * 500, 2)

        assert door.resident_bytes - before < 24_000_000


def test_a_few_pipelined_requests_are_all_answered(door: LoneReceiver) -> None:
    assert 5 == door.ask(GET * 4 + LAST).count(b"HTTP/1.1 200")


def test_a_connection_serves_one_callback_after_the_other(door: LoneReceiver) -> None:
    body = b'{"id":"task-unified-1795000000-abcdefgh","status":"failed"}'
    request = f"POST {door.path} HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with door.connect() as connection:
        for _ in range(5):
            connection.sendall(request)
            connection.sendall(body)
            assert 202 == status_of(read_answer(connection))


def test_a_callback_that_offers_another_protocol_is_taken_whole(door: LoneReceiver) -> None:
    assert 202 == door.callback(header="Upgrade: h2c\r\n")
    assert 202 == door.callback(header="Connection: Upgrade, close\r\nUpgrade: websocket\r\n")


def test_a_host_that_cannot_be_read_is_no_error_of_ours(door: LoneReceiver) -> None:
    request = f"POST {door.path} HTTP/1.1\r\nHost: [\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}"

    assert 202 == status_of(door.ask(request.encode()))
    assert "Traceback" not in door.log.read_text()
