"""What the bucket tells of its requests: verb, outcome, time and the client's own retries."""

from __future__ import annotations

import pytest

from archive.errors import BucketUnavailable, Missing, Taken
from archive.store.bucket import Bucket, open_bucket
from archive.store.requests import outcome_of

Told = list[tuple[str, str]]


def test_each_request_is_told_with_what_came_of_it(bucket: Bucket) -> None:
    told: Told = []
    retries: list[int] = []

    def hear(verb: str, outcome: str, seconds: float, again: int) -> None:
        assert seconds > 0
        told.append((verb, outcome))
        retries.append(again)

    bucket.requests.told = hear
    bucket.put_new("a", b"1")
    with pytest.raises(Taken):
        bucket.put_new("a", b"2")
    with pytest.raises(Missing):
        bucket.get("b")
    list(bucket.list(""))
    bucket.delete_all(["a", "b"])

    assert ("put", "ok") == told[0]
    assert ("put", "taken") in told
    assert ("head", "ok") in told
    assert ("get", "missing") in told
    assert ("list", "ok") in told
    assert ("delete_many", "ok") in told
    assert {0} == set(retries)


def test_a_store_that_is_not_there_is_told_as_unreached() -> None:
    told: Told = []
    bucket = open_bucket(name="none", endpoint="http://127.0.0.1:9", attempts=1, connect_s=0.2, read_s=0.2)
    bucket.requests.told = lambda verb, outcome, _seconds, _retries: told.append((verb, outcome))
    with pytest.raises(BucketUnavailable):
        bucket.get("a")

    assert [("get", "unreached")] == told


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "ok"), (206, "ok"), (304, "ok"), (404, "missing"), (409, "taken"), (412, "taken"), (403, "refused"),
        (400, "refused"), (408, "trouble"), (429, "trouble"), (500, "trouble"), (503, "trouble"),
    ],
)  # fmt: skip
def test_a_status_means(status: int, outcome: str) -> None:
    assert outcome == outcome_of(status)
