"""Rights are tried at a real store without leaving anything; what is made of it: tests/unit/console/test_rights_checks.py."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from archive.errors import BucketForbids
from archive.rights import RIGHTS, Rights
from archive.store.bucket import Bucket, open_bucket
from archive.store.rights_trial import lacking
from console.checks.check import Check
from console.checks.rights_checks import held_against
from infra.local.parts.s3 import S3
from receiver.proof import Proof
from runtime.fingerprint import Fingerprint
from runtime.heartbeat import first_beat
from runtime.heartbeats import Heartbeats
from runtime.pulse import Pulse
from tests.integration.store.odd_stores import Denies
from tests.integration.store.store_player import Store, StorePlayer
from tests.integration.store.watched import Watched


@contextmanager
def as_who_has(store: Store, s3: S3, endpoint: str, prefix: str) -> Iterator[Bucket]:
    """The bucket, by way of a store that behaves like this."""
    with StorePlayer(store, endpoint) as player:
        yield open_bucket(name=s3.bucket, prefix=prefix, endpoint=player.endpoint, attempts=1)


def problems(checks: list[Check]) -> dict[str, str]:
    return {check.name: check.problem for check in checks if not check.ok}


def test_who_has_the_rights_of_the_console_is_well_and_nothing_is_left(
    s3: S3, s3_endpoint: str, prefix: str, bucket: Bucket
) -> None:
    with as_who_has(Watched(RIGHTS["console"], prefix), s3, s3_endpoint, prefix) as theirs:
        checks = list(held_against(theirs, RIGHTS["console"]))

    assert {} == problems(checks)
    assert ["S3", *(f"may {verb}" for verb in Rights._fields)] == [check.name for check in checks]
    assert [] == list(bucket.list(""))


def test_what_a_policy_denies_is_told_to_whoever_starts_and_the_quick_road_is_not_left_for_it(
    s3: S3, s3_endpoint: str, prefix: str, bucket: Bucket
) -> None:
    place = "trial-rights"
    with StorePlayer(Watched(RIGHTS["worker"], prefix), s3_endpoint) as player:
        theirs = open_bucket(name=s3.bucket, prefix=prefix, endpoint=player.endpoint)
        assert [] == lacking(theirs, RIGHTS["worker"], place)
        theirs.put("probe/worker-00", b"")
        assert "amz-sdk-invocation-id" not in player.asked[-1].headers
    with as_who_has(Denies("dead"), s3, s3_endpoint, prefix) as theirs:
        dead = ["read dead/*.json", "create dead/*.json", "delete dead/*.json"]
        refused = [told.replace("create", "write").replace("json", "bin") for told in dead]
        assert [*dead, *refused] == lacking(theirs, RIGHTS["worker"], place)
    assert ["probe/worker-00"] == [entry.key for entry in bucket.list("")]


def test_a_receiver_that_may_write_its_heartbeat_and_no_callback_proves_that_it_cannot_work(
    s3: S3, s3_endpoint: str, prefix: str
) -> None:
    ours = Fingerprint(bucket="b", prefix="", store="", redis="", ticket_keys={})
    beat = first_beat("receiver", ours, datetime.now(UTC))
    pulse = Pulse(Heartbeats("redis://127.0.0.1:1/0"), beat, now=lambda: datetime.now(UTC))
    rights = RIGHTS["receiver"]
    denied = Watched(rights._replace(create=()), prefix)
    with (
        as_who_has(denied, s3, s3_endpoint, prefix) as theirs,
        pytest.raises(BucketForbids, match="it may not create inbox/, which a receiver must"),
    ):
        Proof(theirs, pulse)()
    with as_who_has(watched := Watched(rights, prefix), s3, s3_endpoint, prefix) as theirs:
        Proof(theirs, pulse)()
    assert [] == watched.refused
