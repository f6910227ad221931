"""The thread that beats: it outlives Redis, and it tells what the process noted."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from archive.errors import BucketUnavailable, QueueUnavailable
from runtime.fingerprint import Fingerprint
from runtime.heartbeat import DETAIL_MAX_CHARACTERS, Heartbeat, first_beat
from runtime.heartbeats import Heartbeats
from runtime.prover import Prover
from runtime.pulse import Pulse
from tests.pace import until

STARTED = datetime(2026, 11, 21, 12, tzinfo=UTC)
FINGERPRINT = Fingerprint(bucket="images", prefix="", store="", redis="cache:6379/0", ticket_keys={})


class RememberedBeats(Heartbeats):
    """What Heartbeats promises, kept in a list; `trouble` is raised instead."""

    def __init__(self) -> None:
        self.written: list[Heartbeat] = []
        self.removed: list[Heartbeat] = []
        self.tries = 0
        self.trouble: Exception | None = None
        self.removing: Exception | None = None

    def put(self, heartbeat: Heartbeat) -> None:
        self.tries += 1
        if self.trouble:
            raise self.trouble
        self.written.append(heartbeat)

    def remove(self, heartbeat: Heartbeat) -> None:
        if self.removing:
            raise self.removing
        self.removed.append(heartbeat)

    def close(self) -> None:
        pass


class Day:
    """A pulse at a time that the test sets."""

    def __init__(self) -> None:
        self.now = STARTED
        self.beats = RememberedBeats()
        self.pulse = Pulse(
            self.beats,
            first_beat("worker", FINGERPRINT, STARTED),
            now=lambda: self.now,
            busy=lambda: 3,
            every_s=0.01,
        )


def test_a_beat_tells_what_was_noted_and_when() -> None:
    day = Day()
    day.now += timedelta(seconds=7)
    day.pulse.note_success()
    Prover(day.pulse, lambda: None).prove()
    day.now += timedelta(seconds=5)
    day.pulse.beat()

    (beat,) = day.beats.written
    assert (STARTED, day.now, 3) == (beat.started_at, beat.at, beat.busy)
    assert day.now - timedelta(seconds=5) == beat.success_at
    assert beat.proof
    assert "" == beat.proof.trouble


@pytest.mark.parametrize("trouble", [QueueUnavailable("ConnectionError"), ValueError("no beat")])
def test_the_thread_outlives_whatever_goes_wrong(trouble: Exception) -> None:
    day = Day()
    day.beats.trouble = trouble
    day.pulse.start()
    assert until(lambda: day.beats.tries > 3, 10)
    day.beats.trouble = None
    assert until(lambda: bool(day.beats.written), 10)
    day.pulse.stop(10)

    assert [day.beats.written[0].id] == [beat.id for beat in day.beats.removed]
    assert [] == [thread for thread in threading.enumerate() if thread.name == "pulse"]


def test_one_that_is_stopped_while_redis_is_away_ends_all_the_same() -> None:
    day = Day()
    day.beats.trouble = QueueUnavailable("away")
    day.pulse.start()
    assert until(lambda: day.beats.tries > 1, 10)
    day.beats.removing = QueueUnavailable("away")
    day.pulse.stop(10)

    assert [] == [thread for thread in threading.enumerate() if thread.name == "pulse"]


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (BucketUnavailable("probe/x: AccessDenied"), "bucket_unavailable: probe/x: AccessDenied"),
        (RuntimeError("x" * 1000), f"a fault of ours, RuntimeError: {'x' * 1000}"[:DETAIL_MAX_CHARACTERS]),
    ],
)
def test_a_proof_that_fails_says_why_and_the_next_is_tried(trouble: Exception, told: str) -> None:
    day = Day()
    troubles: list[Exception] = [trouble]

    def trial() -> None:
        if troubles:
            raise troubles.pop()

    prover = Prover(day.pulse, trial)
    assert told == prover.prove().trouble
    assert "" == prover.prove().trouble
