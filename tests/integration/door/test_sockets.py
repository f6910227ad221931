"""How many connections strangers may hold, and who leaves for one more."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from receiver.wire.serving import DESCRIPTORS_KEPT
from tests.integration.door.lone_receiver import LoneReceiver, read_answer, receiving, status_of
from tests.pace import Patience

MOST, MOST_OF_ONE = 60, 20
WITHIN_S = 10.0
STUCK_S = 0.5
# With the buffers that the libraries and the system choose it was 780 KB.
UNTAKEN_SENT_MAX_BYTES = 650_000
GET = b"GET /livez HTTP/1.1\r\nHost: h\r\n\r\n"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoneReceiver]:
    """One for all: whom a test before has left is older than all that a test opens, and leaves first."""
    with receiving(
        tmp_path_factory.mktemp("sockets"),
        # Deadlines so long that only the bounds on sockets can close a connection.
        {
            "CONNECTIONS_MAX": str(MOST), "CONNECTIONS_PER_CLIENT": str(MOST_OF_ONE),
            "HEADER_S": "60", "BODY_S": "60", "IDLE_S": "60",
        },
    ) as receiver:  # fmt: skip
        yield receiver


def silent(door: LoneReceiver, source: str) -> socket.socket:
    """Connected, and no handshake begun."""
    return door.connect(source, tls=False)


def half_a_header(door: LoneReceiver, source: str) -> socket.socket:
    connection = door.connect(source)
    connection.sendall(b"GET /livez HTTP/1.1\r\nX: ")
    return connection


def half_a_body(door: LoneReceiver, source: str) -> socket.socket:
    connection = door.connect(source)
    connection.sendall(f"POST {door.path} HTTP/1.1\r\nHost: h\r\nContent-Length: 99\r\n\r\n{{".encode())
    return connection


def idle(door: LoneReceiver, source: str) -> socket.socket:
    connection = door.connect(source)
    connection.sendall(GET)
    assert 200 == status_of(read_answer(connection))
    return connection


def half_a_header_after_an_answer(door: LoneReceiver, source: str) -> socket.socket:
    connection = door.connect(source)
    connection.sendall(GET + b"GET /livez HTTP/1.1\r\nX: ")
    assert 200 == status_of(read_answer(connection))
    return connection


def takes_no_answers(door: LoneReceiver, source: str) -> socket.socket:
    """Asks on and on until nothing more is taken of it, and reads nothing of what it is answered."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32_768)
    plain.bind((source, 0))
    plain.connect(("127.0.0.1", door.port))
    connection = door.trust.wrap_socket(plain, server_hostname="127.0.0.1")
    sent = 0
    while sent < UNTAKEN_SENT_MAX_BYTES:
        if select.select([], [connection], [], STUCK_S)[1]:
            sent += connection.send(GET * 100)
        elif door.sleeps:  # else it is only slow, as its core is wanted by others
            break
    # What the system keeps of answers is bounded, and so is what is asked before they are taken.
    assert sent < UNTAKEN_SENT_MAX_BYTES
    return connection


def is_closed(connection: socket.socket) -> bool:
    """Whether the other side has closed; what it said before is passed over."""
    connection.settimeout(0.001)
    with contextlib.suppress(TimeoutError):
        try:
            while connection.recv(4096):
                pass
        except ConnectionError:
            pass
        return True
    return False


def open_among(connections: list[socket.socket], expected: int) -> list[int]:
    """Which of them are still open, once that are no more than expected."""
    patience = Patience(WITHIN_S)
    while True:
        still = [place for place, connection in enumerate(connections) if not is_closed(connection)]
        if len(still) <= expected or patience.over:
            return still
        select.select([], [], [], 0.05)


KINDS = [silent, half_a_header, half_a_body, idle, half_a_header_after_an_answer]


@pytest.mark.parametrize("kind", KINDS)
def test_one_client_holds_a_bounded_number_and_its_own_oldest_leave(
    door: LoneReceiver, kind: Callable[[LoneReceiver, str], socket.socket]
) -> None:
    with contextlib.ExitStack() as stack:
        other = stack.enter_context(kind(door, "127.0.0.3"))
        held = [stack.enter_context(kind(door, "127.0.0.2")) for _ in range(MOST_OF_ONE * 2)]

        assert list(range(MOST_OF_ONE, MOST_OF_ONE * 2)) == open_among(held, MOST_OF_ONE)
        assert not is_closed(other)
        assert 202 == door.callback("127.0.0.2")


@pytest.mark.parametrize("kind", KINDS)
def test_all_clients_hold_a_bounded_number_and_the_oldest_leave(
    door: LoneReceiver, kind: Callable[[LoneReceiver, str], socket.socket]
) -> None:
    sources = [f"127.0.1.{number}" for number in range(1, MOST_OF_ONE)]
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(kind(door, source)) for source in sources * 6]
        still = open_among(held, MOST)

        assert list(range(len(held) - MOST, len(held))) == still
        assert 202 == door.callback()


def test_who_takes_no_answers_leaves_for_one_more(tmp_path: Path) -> None:
    """Such strangers held all places, half a minute each, while honest callbacks were refused."""
    few = {"CONNECTIONS_MAX": "8", "CONNECTIONS_PER_CLIENT": "4"}
    with receiving(tmp_path, few) as door, contextlib.ExitStack() as stack:
        sources = [f"127.0.0.{2 + place % 2}" for place in range(8)]
        with ThreadPoolExecutor(len(sources)) as strangers:
            for held in strangers.map(lambda source: takes_no_answers(door, source), sources):
                stack.enter_context(held)

        assert [202] * 6 == [door.callback(source) for source in ("127.0.0.1", "127.0.0.2", "127.0.0.3") * 2]


def test_behind_a_proxy_one_address_may_hold_them_all(tmp_path: Path) -> None:
    environment = {"CONNECTIONS_MAX": "60", "CONNECTIONS_PER_CLIENT": "4", "TRUSTED_PROXIES": "127.0.0.1"}
    with receiving(tmp_path, environment) as door, contextlib.ExitStack() as stack:
        held = [stack.enter_context(idle(door, "127.0.0.1")) for _ in range(30)]

        assert 30 == len([connection for connection in held if not is_closed(connection)])


def test_a_process_with_few_descriptors_lets_in_fewer(tmp_path: Path) -> None:
    """It would run out of them otherwise, and then S3 and the spool have none."""
    few = 160
    with (
        receiving(tmp_path, {"HEADER_S": "60"}, most_files=few) as door,
        contextlib.ExitStack() as stack,
    ):
        held = [stack.enter_context(silent(door, f"127.0.2.{1 + place % 9}")) for place in range(few)]

        assert few - DESCRIPTORS_KEPT == len(open_among(held, few - DESCRIPTORS_KEPT))
        assert 202 == door.callback()


@pytest.mark.parametrize(
    "piece", [b"1;aaaaaaaaaaaaaaaaaaaaaaaaaa\r\nx\r\n" * 500, b"a" * 16_384], ids=["frames", "an extension"]
)
def test_what_stands_between_the_chunks_of_a_body_is_counted(door: LoneReceiver, piece: bytes) -> None:
    """No deadline ends this one: the bytes themselves do."""
    with door.connect() as connection:
        connection.sendall(f"POST {door.path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;".encode())
        connection.sendall(b"" if piece.startswith(b"a") else b"a\r\nx\r\n")
        patience = Patience(WITHIN_S)
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            while not patience.over:
                connection.sendall(piece)

    assert not patience.over


def test_a_body_that_nobody_reads_is_not_listened_to_for_long(door: LoneReceiver) -> None:
    """The answer to a bad ticket goes out before the body; no deadline of a body ends this one."""
    head = b"POST /callbacks/evolink/none HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n"
    with door.connect() as connection:
        connection.sendall(head)
        assert 404 == status_of(read_answer(connection))
        patience = Patience(WITHIN_S)
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            while not patience.over:
                connection.sendall(b"x")
                select.select([], [], [], 0.1)

    assert not patience.over
