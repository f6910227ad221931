"""Those who guess at API_TOKEN are slowed down, and nobody else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from receiver.guesses import BURST
from tests.integration.door.lone_receiver import LoneReceiver, receiving, status_of

TOKEN = "a-token-of-the-tests"
ORDER = b'{"provider":"evolink","task_id":"task-unified-1795000000-abcdefgh","request":{"n":1}}'
MANY = BURST * 2


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoneReceiver]:
    """One for all; each test guesses from an address of its own."""
    with receiving(tmp_path_factory.mktemp("guessed"), {"API_TOKEN": TOKEN}) as receiver:
        yield receiver


def order(door: LoneReceiver, token: str, source: str) -> int:
    head = f"POST /orders HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n"
    return status_of(door.ask(f"{head}Content-Length: {len(ORDER)}\r\n\r\n".encode() + ORDER, source))


def test_many_wrong_tokens_are_429_and_the_good_one_from_the_same_address_is_taken(
    door: LoneReceiver,
) -> None:
    guesser = "127.0.0.11"
    answers = Counter(order(door, f"guess-{number}", guesser) for number in range(MANY))

    assert {401, 429} == set(answers)
    assert BURST <= answers[401] <= MANY - 5
    assert [202] * 5 == [order(door, TOKEN, guesser) for _ in range(5)]
    assert 401 == order(door, "guess", "127.0.0.12")
    # Of both addresses, and of no other test's.
    assert answers[401] + 1 == door.log.read_text().count("no token, or a wrong one: network=127.0.0.1")


def test_the_answer_says_when_to_come_back_and_is_given_before_the_body(door: LoneReceiver) -> None:
    for number in range(MANY):
        order(door, f"guess-{number}", "127.0.0.21")
    answer = door.ask(b"POST /orders HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n", "127.0.0.21")

    assert 429 == status_of(answer)
    assert b"retry-after: 1\r\n" in answer.lower()


def test_guessing_at_both_addresses_is_guessing(door: LoneReceiver) -> None:
    ask = b"GET /tasks/evolink/task-unified-1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    for number in range(MANY // 2):
        order(door, f"guess-{number}", "127.0.0.31")
        last = status_of(door.ask(ask, "127.0.0.31"))

    assert 429 == last


def test_wrong_tokens_take_nothing_from_wrong_tickets_or_good_ones(door: LoneReceiver) -> None:
    for number in range(MANY):
        order(door, f"guess-{number}", "127.0.0.41")

    assert 202 == door.callback("127.0.0.41")
    assert 404 == door.callback("127.0.0.41", path="/callbacks/evolink/k1.e30.AAAA")
