"""A store is tried before it is trusted: the real one does all, and each that is like a stranger's is named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archive.store.bucket import Bucket, open_bucket
from archive.store.store_options import StoreOptions
from archive.store.store_trial import Tried, try_store
from infra.local.parts.s3 import S3
from tests.integration.store import odd_stores as odd
from tests.integration.store import store_player as stores
from tests.integration.store.store_player import Store, StorePlayer

BASICS, CREATE, SWAP, IMAGE, CHECKSUM, ORDER, PAGES, AFTER, DATE = (
    "S3 write, read, delete",
    "S3 If-None-Match",
    "S3 If-Match",
    "S3 image",
    "S3 checksum",
    "S3 listing in key order",
    "S3 listing page by page",
    "S3 listing from a key on",
    "S3 Date",
)


@pytest.fixture
def player(request: pytest.FixtureRequest, s3_endpoint: str) -> Iterator[StorePlayer]:
    """Another store before the session's S3, with the behaviour that the test names."""
    with StorePlayer(request.param, s3_endpoint) as playing:
        yield playing


def opened(player: StorePlayer, s3: S3, prefix: str, **options: object) -> Bucket:
    told = StoreOptions(**options)  # type: ignore[arg-type]  # the test says them
    return open_bucket(name=s3.bucket, prefix=prefix, endpoint=player.endpoint, options=told, attempts=1)


def problems(bucket: Bucket) -> dict[str, Tried]:
    return {tried.need.name: tried for tried in try_store(bucket) if not tried.ok}


def test_the_store_of_the_local_stack_does_all_and_nothing_is_left_of_the_trial(bucket: Bucket) -> None:
    tried = list(try_store(bucket))

    assert [BASICS, CREATE, SWAP, IMAGE, CHECKSUM, ORDER, PAGES, AFTER, DATE] == [
        each.need.name for each in tried
    ]
    assert [] == [each for each in tried if not each.ok]
    assert [] == list(bucket.list(""))


@pytest.mark.parametrize(
    ("player", "wrong"),
    [
        (stores.UnquotedEtags(), set()),
        (stores.Unordered(), {ORDER, AFTER}),
        (stores.NoStartAfter(), {AFTER}),
        (stores.Leaves(rb"<KeyCount>\d+</KeyCount>"), set()),
        # Cut pages without a token: the listing goes on after the last key.
        (stores.Leaves(rb"<NextContinuationToken>.*?</NextContinuationToken>"), set()),
        (stores.Leaves(rb"<LastModified>.*?</LastModified>"), {ORDER, PAGES, AFTER}),
        (stores.NoConditions(), {CREATE, SWAP, IMAGE}),
        (stores.NeverDeletes(), {BASICS}),
        (stores.ChecksNothing(), {CHECKSUM}),
        (stores.ListsLate(), {ORDER, PAGES, AFTER}),
        (stores.WithoutHeader("etag"), {BASICS}),
        (stores.WithoutHeader("date"), {DATE}),
        (stores.ReadOnly(), {BASICS}),
        (odd.PageForTaken(), set()),
        (odd.MissesTwice(), set()),
        (odd.RemembersNothing(), {BASICS}),
        (odd.NeverEmpty(), {CREATE, IMAGE}),
        (odd.SumsOfOthers(), {CREATE}),
        (odd.SortsByLanguage(), {ORDER, AFTER}),
        # Encoded twice, by what stands between.
        (odd.Says(rb"%3D", b"%253D"), {ORDER, PAGES, AFTER}),
        (odd.Says(rb"<LastModified>.*?</LastModified>", b"<LastModified/>"), {ORDER, PAGES, AFTER}),
        (odd.Says(rb"<Size>.*?</Size>", b"<Size>big</Size>"), {ORDER, PAGES, AFTER}),
    ],
    indirect=["player"],
    ids=lambda told: type(told).__name__ if isinstance(told, Store) else "",
)
def test_what_a_store_does_not_do_is_named(player: StorePlayer, wrong: set[str], s3: S3, prefix: str) -> None:
    found = problems(opened(player, s3, prefix))
    assert wrong == set(found), {name: tried.problem for name, tried in found.items()}


@pytest.mark.parametrize(
    ("player", "sentence", "mend"),
    [
        (stores.NoChecksumHeader(), "Unsupported header 'x-amz-checksum-", "S3_CHECKSUM_HEADER=false"),
        (stores.VirtualOnly(), "Please use virtual hosted style", "S3_ADDRESSING=virtual"),
        (stores.OtherRegion(), "unexpected scope", "AWS_REGION"),
        (stores.ReadOnly(), "role/reader is not authorized", "Let this role"),
        (odd.LeadsToHttps(), "it points to https://127.0.0.1", "where the store itself answers"),
        (odd.PageForAll(), "an answer that is not S3's XML", "S3 API, and not to its console"),
    ],
    indirect=["player"],
    ids=lambda told: type(told).__name__ if isinstance(told, Store) else "",
)
def test_a_refusal_keeps_the_stores_own_sentence_and_says_what_to_set(
    player: StorePlayer, sentence: str, mend: str, s3: S3, prefix: str
) -> None:
    told = problems(opened(player, s3, prefix))[BASICS]

    assert sentence in told.problem
    assert mend in told.mend


def test_what_stands_before_a_store_is_named(s3: S3, s3_endpoint: str, prefix: str) -> None:
    for store, need, sentence, mend in (
        (odd.WeakEtags(), SWAP, 'ETag W/"', "let it pass them as they are"),
        (odd.SmallBodies(), IMAGE, "status 413", "client_max_body_size"),
    ):
        with StorePlayer(store, s3_endpoint) as player:
            found = problems(opened(player, s3, prefix))
        assert {need} == set(found)
        assert sentence in found[need].problem
        assert mend in found[need].mend


@pytest.mark.parametrize("player", [stores.Away()], indirect=True)
def test_a_store_that_is_away_is_asked_once(player: StorePlayer, s3: S3, prefix: str) -> None:
    assert {BASICS} == set(problems(opened(player, s3, prefix)))
    assert 1 == len(player.asked)


@pytest.mark.parametrize("player", [stores.NoChecksumHeader()], indirect=True)
def test_without_the_checksum_header_a_body_is_told_by_its_md5_and_the_store_holds_to_it(
    player: StorePlayer, s3: S3, prefix: str
) -> None:
    assert {} == problems(opened(player, s3, prefix, checksum_header=False))


@pytest.mark.parametrize("player", [stores.OtherRegion()], indirect=True)
def test_the_region_is_the_one_that_is_set(player: StorePlayer, s3: S3, prefix: str) -> None:
    assert "unexpected scope" not in str(problems(opened(player, s3, prefix, region="garage")))


@pytest.mark.parametrize("player", [stores.TakesAll()], indirect=True)
def test_encryption_is_asked_for_with_each_upload_and_the_class_with_images_alone(
    player: StorePlayer, s3: S3, prefix: str
) -> None:
    bucket = opened(player, s3, prefix, encryption="aws:kms", kms_key="alias/kept", image_class="STANDARD_IA")

    bucket.put("a", b"1")
    bucket.put_new("b", b"2")
    bucket.put_over("b", b"3", etag=bucket.get("b").etag)
    bucket.put_new("c", b"4", image=True)

    uploads = [asked.headers for asked in player.asked if asked.method == "PUT"]
    assert 4 == len(uploads)
    assert {"aws:kms"} == {told["x-amz-server-side-encryption"] for told in uploads}
    assert {"alias/kept"} == {told["x-amz-server-side-encryption-aws-kms-key-id"] for told in uploads}
    assert [None, None, None, "STANDARD_IA"] == [told.get("x-amz-storage-class") for told in uploads]


def test_virtual_addressing_puts_the_buckets_name_before_the_host(s3: S3, s3_endpoint: str) -> None:
    port = s3_endpoint.rpartition(":")[2]
    bucket = open_bucket(
        name=s3.bucket,
        endpoint=f"http://localhost:{port}",
        options=StoreOptions(addressing="virtual"),
        attempts=1,
    )

    told = problems(bucket)[BASICS].problem
    assert f"{s3.bucket}.localhost" in told or "AccessDenied" in told or "NoSuchBucket" in told
