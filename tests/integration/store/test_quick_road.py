"""The quick road before a real S3: one request for each, and boto3's own tries where an answer is not plain."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.errors import BucketUnavailable, Missing, Taken
from archive.store.bucket import open_bucket
from infra.local.parts.s3 import S3
from tests.integration.store.store_player import Answer, Store, StorePlayer, Told, error


class BusyAtFirst(Store):
    """Answers the first request that it is not able to."""

    def __init__(self) -> None:
        self.busy = True

    def before(self, asked: Told) -> Answer | None:
        del asked
        busy, self.busy = self.busy, False
        return error(503, "SlowDown", "Please reduce your request rate.") if busy else None


class Damaging(Store):
    """Changes a byte of what is read."""

    def after(self, asked: Told, answer: Answer) -> Answer:
        body = answer.body.replace(b"image", b"imige") if asked.method == "GET" else answer.body
        return Answer(answer.status, answer.headers, body)


def by_boto3(asked: Told) -> bool:
    return "amz-sdk-invocation-id" in asked.headers


def test_what_is_answered_plainly_is_asked_once_and_not_by_boto3(
    s3: S3, s3_endpoint: str, prefix: str, tmp_path: Path
) -> None:
    image = tmp_path / "image"
    image.write_bytes(b"image")
    with StorePlayer(Store(), s3_endpoint) as player:
        bucket = open_bucket(name=s3.bucket, prefix=prefix, endpoint=player.endpoint)
        bucket.put_new("a", image, metadata={"model": "m"})
        assert b"image" == bucket.get("a").body
        bucket.delete("a")
        with pytest.raises(Missing):
            bucket.get("a")

    assert ["PUT", "GET", "DELETE", "GET"] == [asked.method for asked in player.asked]
    assert not any(map(by_boto3, player.asked))


def test_a_place_that_is_taken_is_told(s3: S3, s3_endpoint: str, prefix: str) -> None:
    bucket = open_bucket(name=s3.bucket, prefix=prefix, endpoint=s3_endpoint)
    bucket.put_new("a", b"1")
    bucket.put_new("a", b"1")
    with pytest.raises(Taken):
        bucket.put_new("a", b"2")


def test_trouble_is_overcome_by_boto3s_own_tries_with_the_whole_body(
    s3: S3, s3_endpoint: str, prefix: str, tmp_path: Path
) -> None:
    image, retries = tmp_path / "image", list[int]()
    image.write_bytes(b"image")
    with StorePlayer(BusyAtFirst(), s3_endpoint) as player:
        bucket = open_bucket(name=s3.bucket, prefix=prefix, endpoint=player.endpoint)
        bucket.requests.told = lambda _verb, _outcome, _seconds, again: retries.append(again)
        bucket.put("a", image)
        assert b"image" == bucket.get("a").body

    assert [False, True, False] == [by_boto3(asked) for asked in player.asked]
    assert [1, 0] == retries


def test_who_may_try_once_tries_once(s3: S3, s3_endpoint: str, prefix: str) -> None:
    """The receiver, whose sender tries again, and does not wait."""
    with StorePlayer(Store(), s3_endpoint) as player:
        open_bucket(name=s3.bucket, prefix=prefix, endpoint=player.endpoint, attempts=1).put("a", b"1")

    assert [True] == [by_boto3(asked) for asked in player.asked]


def test_what_is_read_is_held_against_its_sum(s3: S3, s3_endpoint: str, prefix: str) -> None:
    with StorePlayer(Damaging(), s3_endpoint) as player:
        bucket = open_bucket(name=s3.bucket, prefix=prefix, endpoint=player.endpoint)
        bucket.put("a", b"image")
        with pytest.raises(BucketUnavailable, match="checksum"):
            bucket.get("a")
