"""Rights are tried at a real store without leaving anything; what is made of it: tests/unit/console/test_rights_checks.py."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from archive.rights import RIGHTS, Rights
from archive.store.bucket import Bucket, open_bucket
from console.checks.check import Check
from console.checks.rights_checks import held_against
from infra.local.parts.s3 import S3
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
