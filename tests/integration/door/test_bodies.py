"""Bodies that are being read have one bound over all connections, and no large one keeps a small one out."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from receiver.bodies import ROOM_BYTES, SMALL_BODY_BYTES
from tests.integration.door.lone_receiver import LoneReceiver, read_answer, receiving, status_of
from tests.integration.door.wire import answers_in, kept

ONE_MIB = 1_048_576
SENT = ONE_MIB - 1_000
FIT = ROOM_BYTES // (SENT - SMALL_BODY_BYTES)
MANY = 120
BODY_S = 20
WITHIN_S = 10.0
# The room, what a bytearray may have too much of it, and what TLS keeps for each connection.
GROWTH_MOST_BYTES = int(ROOM_BYTES * 1.2) + MANY * 524_288


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoneReceiver]:
    with receiving(tmp_path_factory.mktemp("bodies"), {"BODY_S": str(BODY_S)}) as receiver:
        yield receiver


def unfinished(door: LoneReceiver, path: str = "") -> socket.socket:
    """A callback of 1 MiB that lacks its last 1,000 bytes."""
    connection = door.connect()
    head = f"POST {path or door.path} HTTP/1.1\r\nHost: h\r\nContent-Length: {ONE_MIB}\r\n\r\n"
    with contextlib.suppress(ConnectionError):
        connection.sendall(head.encode() + b"x" * SENT)
    return connection


def answered(connection: socket.socket) -> int:
    """The status that came already, 0 for none."""
    connection.settimeout(0.01)
    try:
        return status_of(connection.recv(4096))
    except TimeoutError:
        return 0


def posted(door: LoneReceiver, size: int) -> int:
    """The status of a whole callback of so many bytes."""
    head = f"POST {door.path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: {size}\r\n\r\n"
    return status_of(door.ask(head.encode() + b"y" * size))


def held_and_refused(connections: list[socket.socket]) -> tuple[list[socket.socket], int]:
    """Those that still wait for their last bytes, once so many were answered 503 that the rest has room."""
    waiting, refused = connections, 0
    ends = time.monotonic() + WITHIN_S
    while len(waiting) > FIT and time.monotonic() < ends:
        told = [(connection, answered(connection)) for connection in waiting]
        assert {status for _, status in told} <= {0, 503}
        refused += len([status for _, status in told if status])
        waiting = [connection for connection, status in told if not status]
    return waiting, refused


def test_large_bodies_share_a_room_and_small_ones_need_none(door: LoneReceiver) -> None:
    before = door.resident_bytes
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(unfinished(door)) for _ in range(MANY)]
        held, refused = held_and_refused(connections)

        assert (FIT, MANY - FIT) == (len(held), refused)
        assert door.resident_bytes - before < GROWTH_MOST_BYTES
        # While nobody has room for a large one, small ones are taken, and the refusal says when to come back.
        assert 202 == posted(door, SMALL_BODY_BYTES)
        with unfinished(door) as late:
            answer = read_answer(late)
        assert 503 == status_of(answer)
        assert b"retry-after: 1\r\n" in answer.lower()
        # Who has room keeps it.
        held[0].sendall(b"x" * (ONE_MIB - SENT))
        [answer_of_first] = answers_in(read_answer(held[0]))
        assert b"x" * ONE_MIB == kept(door)[answer_of_first.accepted or ""]


def test_room_is_free_again_when_its_body_is_whole_or_its_client_is_gone(door: LoneReceiver) -> None:
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(unfinished(door)) for _ in range(FIT + 1)]
        held_and_refused(connections)
        assert 503 == posted(door, ONE_MIB)
    ends = time.monotonic() + WITHIN_S
    while posted(door, ONE_MIB) != 202:
        assert time.monotonic() < ends


def test_who_has_no_ticket_takes_no_room(door: LoneReceiver) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(FIT + 1):
            stack.enter_context(unfinished(door, "/callbacks/evolink/k1.e30.AAAA"))

        assert 202 == posted(door, ONE_MIB)


def test_nobody_keeps_room_for_longer_than_a_body_may_take(tmp_path: Path) -> None:
    with receiving(tmp_path, {"BODY_S": "1"}) as door, contextlib.ExitStack() as stack:
        connections = [stack.enter_context(unfinished(door)) for _ in range(8)]

        assert [408] * 8 == [status_of(read_answer(connection)) for connection in connections]
        assert 202 == posted(door, ONE_MIB)
