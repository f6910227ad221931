"""`doctor` tells which processes live, what they can do, and how their settings differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from archive import layout, tickets
from archive.store.bucket import Bucket
from runtime.fingerprint import fingerprint_of
from runtime.heartbeat import Heartbeat, Proof, Role, first_beat, our_build
from runtime.heartbeats import Heartbeats
from runtime.settings.every import EverySetting
from tests.integration.console.harness.command import Command

NOW = datetime.now(UTC)
Beat = Callable[..., Heartbeat]
KINDS = ("worker", "versions", "shared settings", "receiver host", "console host")


@pytest.fixture
def heartbeats(redis_url: str) -> Iterator[Heartbeats]:
    """Those of the session's Redis; what a test wrote is taken back."""
    opened = Heartbeats(redis_url)
    yield opened
    for seen in opened.living():
        opened.remove(seen.heartbeat)
    opened.close()


@pytest.fixture
def beat(heartbeats: Heartbeats, variables: dict[str, str]) -> Beat:
    """Write the heartbeat of a process that is well, but for what is said of it."""

    def written(role: Role = "worker", environment: dict[str, str] | None = None, **more: Any) -> Heartbeat:
        settings = EverySetting.read({**variables, **(environment or {})})
        at = NOW - timedelta(minutes=1)
        well = {"host": "host-a", "pid": 7, "version": "1.0", "threads": 16, "sweep_at": at, "success_at": at}
        first = first_beat(
            role, fingerprint_of(settings.store, settings.queue, settings.keys), NOW - timedelta(hours=1)
        )
        one = replace(first, at=NOW, **{**well, "proof": Proof(at=at, took_ms=5), **more})
        heartbeats.put(one)
        return one

    return written


def told(command: Command, **changed: str) -> dict[str, dict[str, Any]]:
    """What the checks of processes say, by name."""
    checks = command("doctor", "--json", **changed).told["checks"]
    return {check["name"]: check for check in checks if check["name"].startswith(KINDS)}


def test_who_lives_is_told_with_what_it_did_last(command: Command, beat: Beat) -> None:
    beat(busy=3)
    beat("receiver", host="host-b", version="1.1", success_at=None)

    found = told(command)

    assert all(check["ok"] for check in found.values())
    assert "1 alive: host-a (process 7)" == found["worker"]["found"]
    assert (
        "1.0, 3 of 16 threads busy, last job 1 min 0 s ago, swept 1 min 0 s ago, proved 1 min 0 s ago"
        == found["worker host-a (process 7)"]["found"]
    )
    assert "1.1, last callback never, proved 1 min 0 s ago" == found["receiver host-b (process 7)"]["found"]
    side_by_side = "1.0 (1: worker host-a (process 7)); 1.1 (1: receiver host-b (process 7))"
    assert (
        f"2 side by side, as while one updates: {side_by_side}; this command is {our_build()}"
        == found["versions"]["found"]
    )
    assert "alike in 2 processes and here" == found["shared settings"]["found"]


def test_one_version_everywhere_is_told_beside_that_of_the_command(command: Command, beat: Beat) -> None:
    beat(version=our_build())
    beat("console", version=our_build(), host="host-c", proof=None, success_at=None)
    assert f"{our_build()} (2)" == told(command)["versions"]["found"]
    assert told(command)["console host-c (process 7)"]["ok"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"proof": Proof(at=NOW, took_ms=5, trouble="decoder_died: ended")}, "decoder_died: ended"),
        ({"proof": Proof(at=NOW - timedelta(hours=1), took_ms=5)}, "proves nothing any more"),
        ({"proof": None}, "proves nothing any more"),
        ({"sweep_at": NOW - timedelta(minutes=20)}, "sweeps no more"),
        ({"sweep_at": None}, "sweeps no more"),
    ],
)
def test_a_worker_that_lives_and_is_not_well_is_a_problem(
    command: Command, beat: Beat, more: dict[str, Any], said: str
) -> None:
    beat(**more)

    check = told(command)["worker host-a (process 7)"]

    assert not check["ok"]
    assert said in check["problem"]


def test_a_worker_that_has_just_begun_is_well(command: Command, beat: Beat) -> None:
    beat(proof=None, sweep_at=None, success_at=None, started_at=NOW)

    assert all(check["ok"] for check in told(command).values())


def test_a_worker_that_sweeps_seldom_on_purpose_is_well(command: Command, beat: Beat) -> None:
    beat(sweep_idle_s=3600.0, sweep_at=NOW - timedelta(minutes=50))

    assert all(check["ok"] for check in told(command).values())


def test_another_ticket_key_is_named(command: Command, beat: Beat) -> None:
    beat("receiver", {"TICKET_KEYS": f"{tickets.new_key('k1')},{tickets.new_key('k9')}"})

    problem = told(command)["shared settings"]["problem"]

    assert (
        "receiver host-a (process 7): TICKET_KEYS: k1 is another key there; TICKET_KEYS: k9 is there and not here"
        == problem
    )


def test_a_worker_of_another_prefix_is_no_worker_of_ours_and_is_named(
    command: Command, beat: Beat, variables: dict[str, str]
) -> None:
    beat(environment={"S3_PREFIX": "elsewhere/"})

    found = told(command)

    assert {"worker"} == set(found)
    assert f"s3://{variables['S3_BUCKET']}/elsewhere/" in found["worker"]["problem"]
    assert "S3_PREFIX" in found["worker"]["mend"]


def test_a_worker_on_our_bucket_that_beats_on_another_redis_is_named(
    command: Command, beat: Beat, bucket: Bucket, heartbeats: Heartbeats
) -> None:
    one = beat(environment={"REDIS_URL": "redis://elsewhere:6379/1"}, host="host-\x1b[31mc")
    heartbeats.remove(one)
    bucket.put(layout.probe_key("worker-03"), one.to_json())
    bucket.put(layout.probe_key("worker-04"), b"no heartbeat")
    bucket.put(layout.probe_key("receiver-01"), b"{}" * 100_000)

    found = [check for check in told(command).values() if "another Redis" in check["problem"]]

    assert 1 == len(found)
    assert "elsewhere:6379/1" in found[0]["problem"]
    assert "\x1b" in found[0]["name"]
    assert "\x1b" not in command("doctor", "--json").out + command("doctor").out
