"""The doorbell with a real Redis: prompt, bounded, and never in the way."""

from __future__ import annotations

import json
import signal
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis as redis_client

from archive.bell import SETTLE, Bell, Seals
from archive.deployment import Deployment
from archive.errors import QueueUnavailable
from archive.layout import batch_id, due_key, inbox_key
from archive.queue.doorbell import Doorbell
from infra.local.parts import redis as local_redis
from tests.fakes.words import HERE
from tests.pace import Stopwatch

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
# One answer of Redis is bounded by 1 s; the rest is for a busy machine.
BOUNDED_S = 4.0
SEALS = Seals({"k1": b"k" * 32}, HERE.name)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[local_redis.Redis]:
    with local_redis.start(tmp_path) as running:
        yield running


@pytest.fixture
def doorbell(server: local_redis.Redis) -> Iterator[Doorbell]:
    doorbell = Doorbell(server.url, HERE, SEALS, now=lambda: NOW, expires_s=240)
    yield doorbell
    doorbell.close()


def waiting_in(server: local_redis.Redis, queue: str) -> list[Any]:
    """The arguments of the bells that wait in a queue, the oldest first."""
    with redis_client.Redis.from_url(server.url) as client:
        raw: Any = client.lrange(queue, 0, -1)
    return [json.loads(b64decode(json.loads(message)["body"]))[0] for message in reversed(raw)]


def test_a_bell_carries_a_small_batch_and_says_under_a_seal_when_it_ends_by_the_time_of_s3(
    server: local_redis.Redis, doorbell: Doorbell
) -> None:
    doorbell.ring_settle("inbox/small", b"line")
    doorbell.ring_settle("inbox/large", b"x" * 100_000)

    ends = (NOW.timestamp() + 240) * 1000
    bells = [
        Bell(SETTLE, key, carried.encode() if carried else None, end, seal)
        for key, carried, end, seal in waiting_in(server, HERE.queues.inbox)
    ]
    assert [("inbox/small", b"line", ends), ("inbox/large", None, ends)] == [bell[1:4] for bell in bells]
    assert all(SEALS.holds(bell) for bell in bells)
    assert 2 == doorbell.waiting()


def test_without_seals_nothing_rides_along(server: local_redis.Redis) -> None:
    doorbell = Doorbell(server.url, HERE)
    doorbell.ring_settle("inbox/small", b"line")
    doorbell.close()

    [(key, carried, _, seal)] = waiting_in(server, HERE.queues.inbox)
    assert ("inbox/small", None, None) == (key, carried, seal)


def test_bells_of_one_deployment_are_not_those_of_another(
    server: local_redis.Redis, doorbell: Doorbell
) -> None:
    other = Doorbell(server.url, Deployment("bucket", "there/"))
    doorbell.ring_settle("inbox/here")

    assert (1, 0) == (doorbell.waiting(), other.waiting())
    other.close()


def test_many_threads_ring_over_two_connections(server: local_redis.Redis, doorbell: Doorbell) -> None:
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda number: doorbell.ring_settle(f"inbox/{number}"), range(200)))

    with redis_client.Redis.from_url(server.url) as client:
        # Kombu's two, and the one that asks.
        assert 3 == len(client.client_list())
    assert 200 == doorbell.waiting()


def test_a_bell_is_rung_at_the_new_master_after_a_failover(
    server: local_redis.Redis, doorbell: Doorbell
) -> None:
    """A master that has become a replica keeps its connections, and goes on refusing on them."""
    doorbell.ring_settle("inbox/before")
    with redis_client.Redis.from_url(server.url) as client:
        client.replicaof("127.0.0.1", "1")
        with pytest.raises(QueueUnavailable, match="replica"):
            doorbell.ring_settle("inbox/during")
        connections = {told["id"] for told in client.client_list()}
        client.execute_command("REPLICAOF", "NO", "ONE")
        doorbell.ring_settle("inbox/after")
        now = {told["id"] for told in client.client_list()}

    assert 1 == len(connections & now)
    assert ["inbox/before", "inbox/after"] == [bell[0] for bell in waiting_in(server, HERE.queues.inbox)]


def test_what_a_trial_leaves_is_nothing(server: local_redis.Redis, doorbell: Doorbell) -> None:
    doorbell.try_out()

    with redis_client.Redis.from_url(server.url) as client:
        assert [] == client.keys("*")


def test_links_that_die_soon_ring_urgently(server: local_redis.Redis, doorbell: Doorbell) -> None:
    for key, hours in (("due/soon", 1), ("due/later", 20)):
        doorbell.ring_archive(key, None, expires_at=NOW + timedelta(hours=hours), now=NOW)

    assert ["due/soon"] == [bell[0] for bell in waiting_in(server, HERE.queues.urgent)]
    assert ["due/later"] == [bell[0] for bell in waiting_in(server, HERE.queues.due)]


def test_work_whose_links_live_short_has_a_queue_of_its_own_which_is_the_first(
    server: local_redis.Redis, doorbell: Doorbell
) -> None:
    key = due_key(NOW, "bfl", "task-1", "o", short=True)
    doorbell.ring_archive(key, None, expires_at=NOW + timedelta(hours=20), now=NOW)

    batch = inbox_key(batch_id(NOW), short=True)
    doorbell.ring_settle(batch)

    assert {key, batch} == {bell[0] for bell in waiting_in(server, HERE.queues.short)}
    assert (2, 2) == (doorbell.waiting_short(), doorbell.waiting())
    assert HERE.queues.short == HERE.queues[0]


@pytest.mark.parametrize("how", ["frozen", "gone"])
def test_a_redis_that_does_not_answer_holds_nobody_up(
    server: local_redis.Redis, doorbell: Doorbell, how: str
) -> None:
    doorbell.ring_settle("inbox/before")
    server.process.send(signal.SIGSTOP if how == "frozen" else signal.SIGKILL)
    try:
        for ask in (lambda: doorbell.ring_settle("inbox/x"), doorbell.waiting, doorbell.try_out):
            with Stopwatch() as watch, pytest.raises(QueueUnavailable):
                ask()
            assert watch.within(BOUNDED_S), watch
    finally:
        server.process.send(signal.SIGCONT)


def test_celerys_own_variables_lead_no_bell_elsewhere(
    server: local_redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CELERY_BROKER_URL", "CELERY_BROKER_WRITE_URL"):
        monkeypatch.setenv(name, "redis://127.0.0.1:1/0")
    doorbell = Doorbell(server.url, HERE)
    doorbell.ring_settle("inbox/here")

    assert 1 == doorbell.waiting()
    doorbell.close()
