"""Heartbeats in a real Redis: they expire, they are bounded, and what stands there is checked."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis as redis_client
from msgspec.structs import replace

from archive.errors import QueueUnavailable
from infra.local.parts import redis as local_redis
from runtime.fingerprint import Fingerprint
from runtime.heartbeat import EXPIRES_S, HEARTBEAT_MAX_BYTES, Heartbeat, Proof, first_beat
from runtime.heartbeats import INDEX, INDEX_EXPIRES_S, INDEX_MOST, KEY, Heartbeats
from tests.pace import Stopwatch

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FINGERPRINT = Fingerprint(bucket="images", prefix="", store="", redis="cache:6379/0", ticket_keys={})
# One answer of Redis is bounded by 1 s; the rest is for a busy machine.
BOUNDED_S = 4.0


def beat_of(number: int) -> Heartbeat:
    """One of many workers."""
    return replace(first_beat("worker", FINGERPRINT, NOW), id=f"{number:016x}", pid=number)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[local_redis.Redis]:
    with local_redis.start(tmp_path) as running:
        yield running


@pytest.fixture
def client(server: local_redis.Redis) -> Iterator[redis_client.Redis]:
    with redis_client.Redis.from_url(server.url) as client:
        yield client


@pytest.fixture
def heartbeats(server: local_redis.Redis) -> Iterator[Heartbeats]:
    opened = Heartbeats(server.url)
    yield opened
    opened.close()


def living(heartbeats: Heartbeats) -> list[int]:
    """Who lives, by process id."""
    return [seen.heartbeat.pid for seen in heartbeats.living()]


def test_what_was_written_is_read_and_expires(heartbeats: Heartbeats, client: redis_client.Redis) -> None:
    assert () == heartbeats.living()
    beat = replace(beat_of(1), proof=Proof(at=NOW, took_ms=12, trouble="away"), success_at=NOW)
    heartbeats.put(beat)

    (seen,) = heartbeats.living()
    assert beat == seen.heartbeat
    assert 0 <= seen.silent_s < EXPIRES_S
    left: object = client.ttl(KEY + beat.id)
    assert isinstance(left, int)
    assert 0 < left <= EXPIRES_S
    assert INDEX_EXPIRES_S - 60 < int(str(client.ttl(INDEX))) <= INDEX_EXPIRES_S

    client.pexpire(KEY + beat.id, 1)
    time.sleep(0.05)
    assert [] == living(heartbeats)


def test_who_beat_last_stands_first_and_once(heartbeats: Heartbeats) -> None:
    for number in (1, 2, 3, 1):
        heartbeats.put(beat_of(number))

    assert [1, 3, 2] == living(heartbeats)
    heartbeats.remove(beat_of(3))
    assert [1, 2] == living(heartbeats)


def test_processes_that_came_and_went_push_out_nobody_who_lives(
    heartbeats: Heartbeats, client: redis_client.Redis
) -> None:
    for number in range(INDEX_MOST + 50):
        heartbeats.put(beat_of(number))
        if number % 100 == 0:
            heartbeats.put(beat_of(9999))

    assert INDEX_MOST == client.llen(INDEX)
    assert 9999 in living(heartbeats)


def test_what_is_no_heartbeat_of_ours_is_passed_over(
    heartbeats: Heartbeats, client: redis_client.Redis
) -> None:
    def planted(number: int, value: bytes, seconds: int | None = 30) -> None:
        client.lpush(INDEX, f"{number:016x}")
        client.set(f"{KEY}{number:016x}", value, ex=seconds)

    good = beat_of(1)
    heartbeats.put(good)
    planted(2, b"")
    planted(3, b"{")
    planted(4, b"[" * 100_000)
    planted(5, b" " * HEARTBEAT_MAX_BYTES + beat_of(5).to_json())
    planted(6, beat_of(6).to_json().replace(b'"worker"', b'"owner"'))
    planted(7, beat_of(7).to_json(), None)  # never expires
    planted(8, beat_of(8).to_json(), EXPIRES_S * 10)
    planted(9, beat_of(1).to_json())  # says that it is another
    planted(10, beat_of(10).to_json().replace(b'"pid":10', b'"pid":-1'))
    planted(12, beat_of(12).to_json().replace(b'"pid":12', b'"pid":12,"schema":99,"new":{"a":[1]}'))
    client.lpush(INDEX, b"../../etc", b"x" * 100_000, b"\xff")
    client.lpush(INDEX, f"{11:016x}")
    client.lpush(f"{KEY}{11:016x}", "a list")

    # The twelfth is of a newer version: what is not known of it is not in the way.
    assert [12, 1] == living(heartbeats)


def test_a_foreign_key_in_the_place_of_the_index_is_trouble_and_no_more(
    heartbeats: Heartbeats, client: redis_client.Redis
) -> None:
    client.set(INDEX, "another program's")
    for ask in (lambda: heartbeats.put(beat_of(1)), heartbeats.living):
        with pytest.raises(QueueUnavailable):
            ask()


@pytest.mark.parametrize("how", ["frozen", "gone"])
def test_a_redis_that_does_not_answer_costs_one_bounded_attempt(
    server: local_redis.Redis, heartbeats: Heartbeats, how: str
) -> None:
    heartbeats.put(beat_of(1))
    server.process.send(signal.SIGSTOP if how == "frozen" else signal.SIGKILL)
    try:
        for ask in (lambda: heartbeats.put(beat_of(1)), heartbeats.living):
            with Stopwatch() as watch, pytest.raises(QueueUnavailable):
                ask()
            assert watch.within(BOUNDED_S), watch
    finally:
        server.process.send(signal.SIGCONT)
