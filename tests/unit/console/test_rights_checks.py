"""Whoever has the rights of a process is well, and each right that differs is named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archive.errors import BucketForbids, BucketRefuses, Missing
from archive.rights import PROCESSES, RIGHTS, Rights
from archive.store.bucket import PAGE_KEYS, Stored
from archive.store.listing import Listed
from console.checks.rights_checks import held_against
from tests.fakes.bucket import MemoryBucket

EVERYTHING = Rights(("*",), ("*",), ("*",), ("*",), ("*",), list=True)


class RightedBucket(MemoryBucket):
    """A bucket that lets somebody do what his rights say, and looks at checksums or does not."""

    def __init__(self, rights: Rights, *, looks: bool = True) -> None:
        super().__init__()
        self._rights, self._looks = rights, looks

    def get(self, key: str) -> Stored:
        if not self._rights.allow("read", key):
            raise BucketForbids(key)
        try:
            return super().get(key)
        except Missing:
            if self._rights.list:
                raise
            raise BucketForbids(key) from None

    def put_told_as(self, key: str, body: bytes, other: bytes, **condition: str) -> None:
        del body, other
        verb = "create" if "IfNoneMatch" in condition else "change" if condition else "write"
        if not self._rights.allow(verb, key):  # type: ignore[arg-type] # one of the three
            raise BucketForbids(key)
        if verb == "change":
            raise Missing(key)
        if self._looks:
            raise BucketRefuses("BadDigest")
        assert key.startswith("probe/"), f"{key} would have been written"

    def delete(self, key: str) -> None:
        if not self._rights.allow("delete", key):
            raise BucketForbids(key)

    def list(
        self, under: str, *, after: str = "", most: int | None = None, page_keys: int = PAGE_KEYS
    ) -> Iterator[Listed]:
        if not self._rights.list:
            raise BucketForbids(under)
        return super().list(under, after=after, most=most, page_keys=page_keys)


def problems(bucket: RightedBucket, rights: Rights) -> dict[str, str]:
    return {check.name: check.problem for check in held_against(bucket, rights) if not check.ok}


@pytest.mark.parametrize("process", PROCESSES)
def test_who_has_the_rights_of_a_process_is_well(process: str) -> None:
    checks = list(held_against(RightedBucket(RIGHTS[process]), RIGHTS[process]))

    assert ["S3", *(f"may {verb}" for verb in Rights._fields)] == [check.name for check in checks]
    assert [] == [check for check in checks if not check.ok]


def test_what_a_receiver_reads_cannot_be_told_without_a_listing() -> None:
    found = {
        check.name: check.found
        for check in held_against(RightedBucket(RIGHTS["receiver"]), RIGHTS["receiver"])
    }

    assert "not told: inbox/" == found["may read"]
    assert ("inbox/", "nothing", "nothing") == (found["may create"], found["may delete"], found["may list"])


def test_who_has_more_is_told_what_he_need_not_have() -> None:
    found = problems(RightedBucket(EVERYTHING), RIGHTS["receiver"])

    assert set(found) == {f"may {verb}" for verb in Rights._fields}
    assert "may list the bucket, which it need not" == found["may list"]
    assert "tasks/*/manifest.json" in found["may read"]
    assert "inbox/" not in found["may create"]
    assert "tasks/*.png" in found["may delete"]


def test_who_has_less_is_told_what_he_must_have() -> None:
    less = RIGHTS["worker"]._replace(delete=("inbox/*",), change=())

    assert {
        "may delete": "may not delete due/, catalog/, dead/*.json, dead/*.bin, inline/, which it must",
        "may change": "may not change tasks/*/manifest.json, dead/*.json, which it must",
    } == problems(RightedBucket(less), RIGHTS["worker"])


def test_where_checksums_are_not_looked_at_nothing_is_written_outside_of_probe() -> None:
    bucket = RightedBucket(EVERYTHING, looks=False)
    found = {check.name: check for check in held_against(bucket, RIGHTS["console"])}

    assert found["may create"].found.startswith("not told: inbox/")
