"""The doorbell with a real Redis: prompt, bounded, and never in the way."""

from __future__ import annotations

import json
import signal
import time
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis as redis_client

from archive.doorbell import DUE, INBOX, URGENT, Doorbell
from archive.errors import QueueUnavailable
from infra.local import redis as local_redis

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
# One answer of Redis is bounded by 1 s; the rest is for a busy machine.
BOUNDED_S = 4.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[local_redis.Redis]:
    with local_redis.start(tmp_path) as running:
        yield running


@pytest.fixture
def doorbell(server: local_redis.Redis) -> Iterator[Doorbell]:
    doorbell = Doorbell(server.url, now=lambda: NOW, expires_s=240)
    yield doorbell
    doorbell.close()


def waiting_in(server: local_redis.Redis, queue: str) -> list[Any]:
    """The arguments of the bells that wait in a queue, the oldest first."""
    with redis_client.Redis.from_url(server.url) as client:
        raw: Any = client.lrange(queue, 0, -1)
    return [json.loads(b64decode(json.loads(message)["body"]))[0] for message in reversed(raw)]


def test_a_bell_carries_a_small_batch_and_says_when_it_ends_by_the_time_of_s3(
    server: local_redis.Redis, doorbell: Doorbell
) -> None:
    doorbell.ring_settle("inbox/small", b"line")
    doorbell.ring_settle("inbox/large", b"x" * 100_000)

    ends = NOW.timestamp() + 240
    assert [["inbox/small", "line", ends], ["inbox/large", None, ends]] == waiting_in(server, INBOX)
    assert 2 == doorbell.waiting()


def test_links_that_die_soon_ring_urgently(server: local_redis.Redis, doorbell: Doorbell) -> None:
    for key, hours in (("due/soon", 1), ("due/later", 20)):
        doorbell.ring_archive(key, None, expires_at=NOW + timedelta(hours=hours), now=NOW)

    assert ["due/soon"] == [bell[0] for bell in waiting_in(server, URGENT)]
    assert ["due/later"] == [bell[0] for bell in waiting_in(server, DUE)]


def test_what_redis_does_when_its_memory_is_full_is_told(doorbell: Doorbell) -> None:
    assert "noeviction" == doorbell.eviction_policy()


@pytest.mark.parametrize("how", ["frozen", "gone"])
def test_a_redis_that_does_not_answer_holds_nobody_up(
    server: local_redis.Redis, doorbell: Doorbell, how: str
) -> None:
    doorbell.ring_settle("inbox/before")
    server.process.send(signal.SIGSTOP if how == "frozen" else signal.SIGKILL)
    try:
        for ask in (lambda: doorbell.ring_settle("inbox/x"), doorbell.waiting):
            began = time.monotonic()
            with pytest.raises(QueueUnavailable):
                ask()
            assert time.monotonic() - began < BOUNDED_S
    finally:
        server.process.send(signal.SIGCONT)
