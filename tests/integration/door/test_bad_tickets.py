"""Those who present bad tickets are slowed down, and nobody else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from receiver.guesses import BURST
from tests.integration.door.lone_receiver import LoneReceiver, receiving, status_of

WRONG = "/callbacks/evolink/k1.e30.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
MANY = BURST * 2


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoneReceiver]:
    """One for all; each test guesses from an address of its own."""
    with receiving(tmp_path_factory.mktemp("guessed")) as receiver:
        yield receiver


def test_many_bad_tickets_are_429_and_a_good_one_from_the_same_address_is_taken(door: LoneReceiver) -> None:
    answers = Counter(door.callback("127.0.0.11", path=WRONG) for _ in range(MANY))

    assert {404, 429} == set(answers)
    assert BURST <= answers[404] <= MANY - 5
    assert 202 == door.callback("127.0.0.11")


def test_the_answer_says_when_to_come_back_and_is_given_before_the_body(door: LoneReceiver) -> None:
    for _ in range(MANY):
        door.callback("127.0.0.12", path=WRONG)
    asked = f"POST {WRONG} HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n".encode()
    answer = door.ask(asked, "127.0.0.12")

    assert 429 == status_of(answer)
    assert b"retry-after: 1\r\n" in answer.lower()


def test_another_address_is_not_answered_for_it(door: LoneReceiver) -> None:
    for _ in range(MANY):
        door.callback("127.0.0.2", path=WRONG)

    assert 404 == door.callback("127.0.0.3", path=WRONG)


def test_a_forwarded_address_is_not_believed_of_a_stranger(door: LoneReceiver) -> None:
    answers = [
        door.callback("127.0.0.13", path=WRONG, header=f"X-Forwarded-For: 198.51.100.{place}\r\n")
        for place in range(MANY)
    ]

    assert 429 in answers


def test_the_forwarded_address_of_a_trusted_proxy_is_the_one_that_counts(tmp_path: Path) -> None:
    with receiving(tmp_path, {"TRUSTED_PROXIES": "127.0.0.1"}) as door:
        for _ in range(MANY):
            last = door.callback(path=WRONG, header="X-Forwarded-For: 198.51.100.1\r\n")

        assert 429 == last
        assert 404 == door.callback(path=WRONG, header="X-Forwarded-For: 198.51.100.2\r\n")


def test_guessing_writes_no_more_lines_than_it_gets_404(door: LoneReceiver) -> None:
    answers = Counter(door.callback("127.0.0.14", path=WRONG) for _ in range(MANY))

    assert answers[404] == door.log.read_text().count("callback refused: network=127.0.0.14:")
