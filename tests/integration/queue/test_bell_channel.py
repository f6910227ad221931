"""A bell that was taken and not begun goes back as it was, or is told to be lost; it is written nowhere else."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection, Exchange, Queue

from archive.bell import SETTLE, Bell, Seals
from archive.queue.doorbell import Doorbell
from tests.fakes.words import HERE
from tests.integration.queue.redis_servers import Server, serving
from workers.listening import bell_message
from workers.listening.bell_channel import hear_bells

KEY = "inbox/2026/11/26/05/batch.ndjson"
SEALS = Seals({"k1": b"k" * 32}, HERE.name)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path / "redis") as running:
        yield running


def taken(server: Server) -> tuple[Any, Bell]:
    """A connection that has taken a bell, and the bell as Redis had it."""
    doorbell = Doorbell(server.url(), HERE, SEALS)
    doorbell.ring_settle(KEY, b"line \xc3\xa9\n")
    doorbell.close()
    [item] = server.admin.lrange(HERE.queues.inbox, 0, -1)
    connection: Any = Connection(server.url(), transport_options={"ack_emulation": False, "max_retries": 0})
    hear_bells(connection)
    heard: list[Any] = []
    name = HERE.queues.inbox
    queue = Queue(name, exchange=Exchange(""), routing_key=name, no_declare=True)
    consumer = connection.Consumer([queue], on_message=heard.append)
    consumer.consume()
    connection.drain_events(timeout=5)
    assert 1 == len(heard)
    assert 0 == server.admin.llen(name)
    return connection, bell_message.read(item)


def test_it_goes_back_as_it_was(server: Server) -> None:
    connection, bell = taken(server)
    connection.close()

    [item] = server.admin.lrange(HERE.queues.inbox, 0, -1)
    assert bell == bell_message.read(item)
    assert (SETTLE, KEY, True) == (bell.job, bell.key, SEALS.holds(bell))


def test_one_that_cannot_be_given_back_is_told_and_written_nowhere(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "workers.listening.bell_channel")
    spare = tmp_path / "spare"
    spare.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spare))
    connection, _ = taken(server)
    server.process.kill()
    connection.close()

    assert "1 bells could not be given back; the sweep rings for them" in caplog.text
    assert [] == list(spare.iterdir())
