"""What the bucket promises, held by the real one (SeaweedFS) and by the one in memory."""

from __future__ import annotations

import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from archive.errors import BucketRefuses, BucketUnavailable, Missing, Taken
from archive.store.bucket import Bucket, open_bucket
from archive.store.sums import digest
from infra.local.parts.s3 import S3
from tests.fakes.bucket import MemoryBucket


@pytest.fixture(params=["real", "memory"])
def either(request: pytest.FixtureRequest) -> Bucket:
    """The real bucket, and the one in memory."""
    if request.param == "memory":
        return MemoryBucket()
    found: Bucket = request.getfixturevalue("bucket")
    return found


def test_what_is_put_is_what_is_got(either: Bucket) -> None:
    either.put("a/b", b"bytes")

    assert b"bytes" == either.get("a/b").body
    assert b"bytes" == b"".join(either.stream("a/b", 2))
    assert digest(b"bytes") == either.sha256("a/b")
    assert len(b"bytes") == either.told("a/b").bytes
    assert either.told("a/b").sha256 in {digest(b"bytes"), ""}


def test_a_file_is_put_whole(either: Bucket, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 300_000)

    either.put_new("file", path, metadata={"model": "café ☕"})

    assert digest(path) == either.sha256("file")


@pytest.mark.parametrize("as_file", [False, True])
def test_s3_refuses_bytes_that_are_not_those_of_the_sum_told(
    bucket: Bucket, tmp_path: Path, *, as_file: bool
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"other bytes")

    with pytest.raises(BucketUnavailable):
        bucket.put_new("key", path if as_file else b"other bytes", sha256=digest(b"the bytes"))
    with pytest.raises(Missing):
        bucket.get("key")


def test_an_object_that_is_not_there_is_missing(either: Bucket) -> None:
    with pytest.raises(Missing):
        either.get("nothing")
    with pytest.raises(Missing):
        either.sha256("nothing")
    with pytest.raises(Missing):
        either.told("nothing")
    with pytest.raises(Missing):
        list(either.stream("nothing"))


def test_deleting_twice_is_harmless(either: Bucket) -> None:
    either.put("a", b"")
    either.delete("a")
    either.delete("a")

    with pytest.raises(Missing):
        either.get("a")


def test_a_new_object_gives_way_to_other_bytes(either: Bucket) -> None:
    either.put_new("key", b"first")

    with pytest.raises(Taken):
        either.put_new("key", b"second")
    assert b"first" == either.get("key").body


def test_the_same_bytes_again_are_as_good_as_new(either: Bucket) -> None:
    either.put_new("key", b"first")
    either.put_new("key", b"first")

    assert b"first" == either.get("key").body


def test_of_sixteen_writers_at_once_one_wins(either: Bucket) -> None:
    def write(place: int) -> bool:
        try:
            either.put_new("race", f"writer {place}".encode())
        except Taken:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(write, range(16)))

    assert 1 == won.count(True)
    assert f"writer {won.index(True)}".encode() == either.get("race").body


def test_an_object_is_written_over_only_as_it_was_read(either: Bucket) -> None:
    either.put("key", b"one")
    read = either.get("key")
    either.put_over("key", b"two", etag=read.etag)

    with pytest.raises(Taken):
        either.put_over("key", b"three", etag=read.etag)
    assert b"two" == either.get("key").body


def test_writing_over_what_is_gone_is_refused(either: Bucket) -> None:
    either.put("key", b"one")
    read = either.get("key")
    either.delete("key")

    with pytest.raises(Taken):
        either.put_over("key", b"two", etag=read.etag)


def test_a_link_gives_an_object_to_anybody(bucket: Bucket) -> None:
    bucket.put("picture", b"bytes")

    with urllib.request.urlopen(bucket.link("picture", 60)) as answer:  # noqa: S310 - of our own S3
        assert b"bytes" == answer.read()


def test_a_listing_is_in_key_order_and_starts_after(either: Bucket) -> None:
    for key in ("due/3", "due/1", "due/2", "other/1"):
        either.put(key, b"x")

    assert ["due/1", "due/2", "due/3"] == [entry.key for entry in either.list("due/")]
    assert ["due/2", "due/3"] == [entry.key for entry in either.list("due/", after="due/1")]
    assert ["due/1"] == [entry.key for entry in either.list("due/", most=1)]


def test_folders_are_those_right_under_a_prefix(either: Bucket) -> None:
    for key in ("of/b/1", "of/a/1", "of/a/b/2", "of/file", "office/c/1"):
        either.put(key, b"x")

    assert ["a", "b"] == list(either.folders("of/"))
    assert [] == list(either.folders("nowhere/"))


def test_a_listing_goes_past_its_first_page(bucket: Bucket) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda place: bucket.put(f"many/{place:04d}", b""), range(1005)))

    assert 1005 == len(list(bucket.list("many/")))
    assert 1001 == len(list(bucket.list("many/", most=1001)))


def test_a_host_whose_clock_is_a_day_off_works_on_and_one_that_tries_once_is_refused_once(
    bucket: Bucket, s3: S3, prefix: str
) -> None:
    """Requests are signed by S3's own time, which every answer tells, a refusal too."""
    receivers = open_bucket(name=s3.bucket, prefix=prefix, endpoint=s3.endpoint, attempts=1)
    for each in (bucket, receivers):
        each.clock.hear("Sat, 01 Jan 2028 00:00:00 GMT")
    with pytest.raises(BucketUnavailable, match="Skewed") as refused:
        receivers.put("a", b"")
    assert not isinstance(refused.value, BucketRefuses)

    receivers.put("a", b"")
    bucket.put("a", b"")
    assert bucket.now().year < 2028


def test_a_bucket_that_is_away_is_said_so_in_time() -> None:
    away = open_bucket(name="nothing", endpoint="http://127.0.0.1:9", connect_s=0.2, read_s=0.2, attempts=1)

    with pytest.raises(BucketUnavailable):
        away.put("a", b"")
    with pytest.raises(BucketUnavailable):
        away.get("a")
    with pytest.raises(BucketUnavailable):
        list(away.list(""))


def test_a_bucket_that_does_not_exist_is_unavailable_not_missing(s3_endpoint: str) -> None:
    other = open_bucket(name="no-such-bucket", endpoint=s3_endpoint, attempts=1)

    with pytest.raises(BucketUnavailable):
        other.put("a", b"")


@pytest.mark.parametrize("number", [0, 1, 3, 1100])
def test_many_objects_are_removed_and_those_that_are_not_there_are_as_good(
    either: Bucket, number: int
) -> None:
    keys = [f"many/{place:04d} ~+&<é>.json" for place in range(number)]
    for key in keys[:3]:
        either.put(key, b"bytes")
    either.put("other", b"stays")
    either.delete_all(keys)

    assert ["other"] == [entry.key for entry in either.list("")]
