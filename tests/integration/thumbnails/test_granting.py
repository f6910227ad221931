"""Wishes with a real Redis, a real S3 and a caged child: what is made, what is not, and what goes first."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis as redis_client
from PIL import Image

from archive import layout
from archive.deployment import Deployment
from archive.errors import QueueUnavailable
from archive.library.thumbnails import WISH_AGAIN_S, Thumbnails
from archive.queue.doorbell import Doorbell
from archive.queue.wishes import WISHES_MOST, Wish, Wishes
from archive.store.bucket import Bucket
from infra.local.ports import free_block
from tests.unit.workers.decoding.pictures import drawn
from workers.decoding.thumbnail_decoder import ThumbnailDecoder
from workers.thumbnails.granting import AGAIN_S, LOOK_EVERY_S, Granting
from workers.thumbnails.make_thumbnail import MakeThumbnail

FOLDER = "tasks/2026/11/26/evolink/task-unified-1795000000-a"
IMAGE_MAX_BYTES = 1_000_000
PICTURE = drawn("PNG", (960, 480), compress_level=1)


@pytest.fixture
def here(bucket: Bucket, prefix: str) -> Deployment:
    del bucket
    return Deployment("bucket", prefix)


@pytest.fixture
def wishes(redis_url: str, here: Deployment) -> Iterator[Wishes]:
    made = Wishes(redis_url, here)
    yield made
    made.close()


@pytest.fixture(scope="module")
def decoder() -> Iterator[ThumbnailDecoder]:
    made = ThumbnailDecoder()
    yield made
    made.close()


@pytest.fixture
def clock() -> list[float]:
    return [1000.0]


@pytest.fixture
def granting(
    bucket: Bucket, wishes: Wishes, decoder: ThumbnailDecoder, tmp_path: Path, clock: list[float]
) -> Granting:
    maker = MakeThumbnail(bucket, decoder, folder=tmp_path, max_bytes=IMAGE_MAX_BYTES)
    return Granting(wishes, maker, decoder, clock=lambda: clock[0])


@pytest.fixture
def thumbnails(bucket: Bucket, wishes: Wishes) -> Thumbnails:
    return Thumbnails(bucket, wishes)


def kept(bucket: Bucket, data: bytes, name: str = "00.png") -> Wish:
    """An image in the bucket, and the wish for it."""
    wish = Wish(f"{FOLDER}/{name}", hashlib.sha256(data).hexdigest())
    bucket.put(wish.key, data, content_type="image/png")
    return wish


def all_thumbs(bucket: Bucket) -> list[str]:
    return [listed.key for listed in bucket.list("thumbs/")]


def test_what_is_wished_for_is_there_after_a_step_and_nothing_is_left_behind(
    thumbnails: Thumbnails, granting: Granting, bucket: Bucket, tmp_path: Path
) -> None:
    wish = kept(bucket, PICTURE)

    assert thumbnails.find(wish.sha256) is None
    assert thumbnails.wish(*wish)
    granting.step()

    webp = thumbnails.find(wish.sha256)
    assert webp is not None
    assert Image.open(io.BytesIO(webp), formats=("WEBP",)).size == (480, 240)
    assert all_thumbs(bucket) == [layout.thumb_key(wish.sha256)]
    assert list(tmp_path.iterdir()) == []


def test_it_may_be_removed_and_is_made_again(
    thumbnails: Thumbnails, granting: Granting, wishes: Wishes, bucket: Bucket
) -> None:
    wish = kept(bucket, PICTURE)
    for _ in range(2):
        wishes.put(wish)
        granting.step()
        assert thumbnails.find(wish.sha256) is not None
        bucket.delete(layout.thumb_key(wish.sha256))

    assert bucket.get(wish.key).body == PICTURE


@pytest.mark.parametrize("there", [b"", b"<script>", b"RIFF\0\0\0\0WEBP" + bytes(layout.THUMBNAIL_MAX_BYTES)])
def test_what_is_no_thumbnail_is_not_shown_and_is_mended(
    thumbnails: Thumbnails, granting: Granting, wishes: Wishes, bucket: Bucket, there: bytes
) -> None:
    wish = kept(bucket, PICTURE)
    bucket.put(layout.thumb_key(wish.sha256), there, content_type="text/html")

    assert thumbnails.find(wish.sha256) is None
    wishes.put(wish)
    granting.step()
    assert thumbnails.find(wish.sha256) is not None


@pytest.mark.parametrize("waits", ["inbox", "urgent", "due"])
def test_while_a_bell_waits_no_wish_is_taken(
    granting: Granting,
    wishes: Wishes,
    bucket: Bucket,
    redis_url: str,
    here: Deployment,
    waits: str,
) -> None:
    doorbell, now = Doorbell(redis_url, here), bucket.now()
    if waits == "inbox":
        doorbell.ring_settle(f"inbox/2026/11/26/05/{layout.batch_id(now)}.ndjson")
    else:
        dies = now if waits == "urgent" else None
        doorbell.ring_archive("due/x.json", None, expires_at=dies, now=now)
    wishes.put(kept(bucket, PICTURE))

    assert granting.step() == LOOK_EVERY_S
    assert (wishes.waiting(), doorbell.waiting(), all_thumbs(bucket)) == (1, 1, [])

    with redis_client.Redis.from_url(redis_url) as client:
        client.delete(*here.queues)
    granting.step()
    assert (wishes.waiting(), len(all_thumbs(bucket))) == (0, 1)
    doorbell.close()


def test_a_wish_is_no_work(wishes: Wishes, bucket: Bucket, redis_url: str, here: Deployment) -> None:
    """Who counts bells, to see whether a worker is deaf or whether there is room for more, counts none."""
    wishes.put(kept(bucket, PICTURE))
    doorbell = Doorbell(redis_url, here)

    assert doorbell.waiting() == 0
    doorbell.close()


def test_the_newest_wish_comes_first_and_the_oldest_of_too_many_are_left_out(wishes: Wishes) -> None:
    many = [Wish(f"{FOLDER}/00.png", f"{number:064x}") for number in range(WISHES_MOST + 10)]
    for wish in many:
        wishes.put(wish)

    assert wishes.waiting() == WISHES_MOST
    assert [wishes.take() for _ in range(3)] == many[:-4:-1]


def test_wishes_expire(wishes: Wishes, redis_url: str, here: Deployment) -> None:
    wishes.put(Wish(f"{FOLDER}/00.png", "a" * 64))

    with redis_client.Redis.from_url(redis_url) as client:
        left_s = client.ttl(here.key("thumbs"))
    assert isinstance(left_s, int)
    assert 0 < left_s <= 600


def test_what_stands_in_the_queue_and_is_no_wish_is_dropped_and_the_next_is_granted(
    granting: Granting,
    wishes: Wishes,
    bucket: Bucket,
    redis_url: str,
    here: Deployment,
    caplog: pytest.LogCaptureFixture,
) -> None:
    wish = kept(bucket, PICTURE)
    wishes.put(wish)
    with redis_client.Redis.from_url(redis_url) as client:
        client.lpush(here.key("thumbs"), b'["due/secret.json","x"]', b"\xff", b"{}")
    for _ in range(4):
        granting.step()

    assert len(all_thumbs(bucket)) == 1
    assert "no wish of ours" in caplog.text
    assert "secret" not in caplog.text


def test_a_key_of_another_type_under_the_queues_name_ends_nothing(
    granting: Granting, wishes: Wishes, bucket: Bucket, redis_url: str, here: Deployment
) -> None:
    with redis_client.Redis.from_url(redis_url) as client:
        client.set(here.key("thumbs"), "x")
    with pytest.raises(QueueUnavailable):
        wishes.put(kept(bucket, PICTURE))
    wishes.put(kept(bucket, PICTURE))
    granting.step()

    assert len(all_thumbs(bucket)) == 1


def test_an_object_that_is_not_the_one_that_was_wished_for_is_not_shown_as_it(
    granting: Granting, wishes: Wishes, bucket: Bucket, caplog: pytest.LogCaptureFixture
) -> None:
    wish = kept(bucket, PICTURE)
    bucket.put(wish.key, drawn("PNG"), content_type="image/png")
    wishes.put(wish)
    granting.step()

    assert all_thumbs(bucket) == []
    assert wish.key in caplog.text


@pytest.mark.parametrize(
    "data",
    [PICTURE[:5_000], b"<html>", b"", bytes(IMAGE_MAX_BYTES + 1)],
    ids=["half", "page", "none", "long"],
)
def test_what_cannot_be_made_is_told_and_not_tried_again_soon(
    granting: Granting,
    wishes: Wishes,
    bucket: Bucket,
    clock: list[float],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    data: bytes,
) -> None:
    wish = kept(bucket, data)
    for _ in range(3):
        wishes.put(wish)
        granting.step()
    assert len(caplog.records) == 1
    assert wish.key in caplog.text
    assert (all_thumbs(bucket), list(tmp_path.iterdir()), wishes.waiting()) == ([], [], 0)

    clock[0] += AGAIN_S
    wishes.put(wish)
    granting.step()
    granting.step()
    assert wishes.waiting() == 0


def test_an_image_that_is_gone_is_told_and_the_next_is_made(
    granting: Granting, wishes: Wishes, bucket: Bucket, caplog: pytest.LogCaptureFixture
) -> None:
    wishes.put(kept(bucket, PICTURE))
    wishes.put(Wish(f"{FOLDER}/07.png", "a" * 64))
    granting.step()
    granting.step()

    assert f"{FOLDER}/07.png" in caplog.text
    assert len(all_thumbs(bucket)) == 1


def test_what_was_wished_lately_is_not_wished_again_but_what_was_not_heard_is(
    bucket: Bucket, wishes: Wishes, here: Deployment, clock: list[float]
) -> None:
    wish = kept(bucket, PICTURE)
    told = Thumbnails(bucket, wishes, clock=lambda: clock[0])
    assert [told.wish(*wish) for _ in range(3)] == [True, False, False]
    clock[0] += WISH_AGAIN_S
    assert told.wish(*wish)

    away = Wishes(f"redis://127.0.0.1:{free_block(1)}/0", here)
    nowhere = Thumbnails(bucket, away, clock=lambda: clock[0])
    for _ in range(2):
        with pytest.raises(QueueUnavailable):
            nowhere.wish(*wish)
    away.close()
