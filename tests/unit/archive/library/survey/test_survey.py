"""Whatever differs between what is kept and what tells of it is told, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from archive import catalog_keys, layout
from archive.errors import BucketUnavailable
from archive.library.survey.mismatch import REMARKS, SENTENCES, Kind
from archive.library.survey.notes import Notes, NotesUnusable
from archive.library.survey.survey import FOLDERS_IN_ONE_GO
from archive.reasons import Reason
from archive.records.asset import LostAsset
from archive.records.dead_letter import DeadLetter
from archive.records.inline import inline_name, inline_sha256
from tests.fakes.words import DAY, NOW, work
from tests.unit.archive.library.survey.aged import (
    AGE,
    PIXELS,
    PROVIDER,
    AgedBucket,
    archive,
    image_key,
    list_anew,
    manifest_key,
    surveyed,
    task_of,
)

REFUSED = layout.refused_key(DAY, PROVIDER, task_of(9), 1)
INLINE = inline_name("data:image/png;base64,AAAA")
LETTER = layout.dead_key(DAY, PROVIDER, task_of(9))


def _lost(refused: str | None = REFUSED) -> LostAsset:
    return LostAsset(index=1, reason=Reason.UNDECODABLE, source="files.evolink.ai/b.png", refused_key=refused)


def _letter(bucket: AgedBucket) -> None:
    """Task 9 has a letter that names refused bytes, which stand there."""
    letter = DeadLetter(
        reason=Reason.UNDECODABLE, at=NOW, provider=PROVIDER, task_id=task_of(9), lost=(_lost(),),
        work=work(task_id=task_of(9)),
    )  # fmt: skip
    bucket.put(LETTER, letter.to_pretty_json())
    bucket.put(REFUSED, b"<html>")


def inline_key(number: int) -> str:
    return layout.inline_key(PROVIDER, task_of(number), inline_sha256(INLINE))


def _letter_of_inline(bucket: AgedBucket, *beside: str) -> None:
    """Task 8 came within its body, and was given up; what else stands there."""
    lost = LostAsset(index=0, reason=Reason.UNDECODABLE, source=INLINE)
    letter = DeadLetter(
        reason=Reason.UNDECODABLE, at=NOW, provider=PROVIDER, task_id=task_of(8), lost=(lost,),
        work=structs.replace(work(task_id=task_of(8)), sources=(INLINE,)),
    )  # fmt: skip
    bucket.put(layout.dead_key(DAY, PROVIDER, task_of(8)), letter.to_pretty_json())
    _put(bucket, *beside)


def _put(bucket: AgedBucket, *keys: str) -> None:
    for key in keys:
        bucket.put(key, b"x")


def _told_anew(bucket: AgedBucket, **more: Any) -> None:
    """Task 0 has the line of a manifest that says something else."""
    list_anew(bucket, 0, structs.replace(archive(bucket, 0), **more))


def _with(bucket: AgedBucket, key: str, change: Callable[[dict[str, Any]], None]) -> None:
    told = json.loads(bucket.get(key).body)
    change(told)
    bucket.put(key, json.dumps(told).encode())


CASES: dict[str, tuple[Callable[[AgedBucket], object], list[tuple[Kind, str]]]] = {
    "an image that is gone": (
        lambda bucket: bucket.delete(image_key(0)), [(Kind.IMAGE_GONE, image_key(0))],
    ),
    "an image that was cut off": (
        lambda bucket: bucket.put(image_key(0), PIXELS[:-1]), [(Kind.IMAGE_SIZE, image_key(0))],
    ),
    "an image of other bytes": (
        lambda bucket: bucket.put(image_key(0), PIXELS[::-1]), [(Kind.IMAGE_SHA256, image_key(0))],
    ),
    "objects that S3 does not give": (
        lambda bucket: bucket.refused.update({image_key(0), manifest_key(1), LETTER}),
        [(Kind.NOT_GIVEN, LETTER), (Kind.NOT_GIVEN, image_key(0)), (Kind.NOT_GIVEN, manifest_key(1))],
    ),
    "a manifest that is no JSON": (
        lambda bucket: bucket.put(manifest_key(0), b"{"), [(Kind.MANIFEST_MALFORMED, manifest_key(0))],
    ),
    "the manifest of another task": (
        lambda bucket: bucket.put(manifest_key(0), bucket.get(manifest_key(1)).body),
        [(Kind.MANIFEST_MALFORMED, manifest_key(0))],
    ),
    "a newer version's manifest": (
        lambda bucket: _with(bucket, manifest_key(0), lambda told: told.update(schema=99)),
        [(Kind.NEWER, manifest_key(0))],
    ),
    "a manifest that is gone": (
        lambda bucket: bucket.delete(manifest_key(0)),
        [(Kind.LISTED_GONE, manifest_key(0)), (Kind.UNNAMED, image_key(0))],
    ),
    "a task that no line tells of": (
        lambda bucket: archive(bucket, 5, line=False), [(Kind.NOT_LISTED, manifest_key(5))],
    ),
    "a line of a later manifest": (
        lambda bucket: _told_anew(bucket, changed_at=NOW + timedelta(minutes=5)),
        [(Kind.LISTED_OTHERWISE, manifest_key(0))],
    ),
    "a line that tells of other images": (
        lambda bucket: _with(
            bucket, manifest_key(0), lambda told: told["assets"][0].update(key=image_key(0).replace("00.", "00-abcdef01."))
        ),
        [(Kind.IMAGE_GONE, image_key(0).replace("00.", "00-abcdef01.")), (Kind.LISTED_OTHERWISE, manifest_key(0)),
         (Kind.UNNAMED, image_key(0))],
    ),
    "a catalogue whose old days were removed": (
        lambda bucket: bucket.delete_all([each.key for each in bucket.list("catalog/")]),
        [(Kind.DAY_NOT_LISTED, catalog_keys.catalog_day(DAY))],
    ),
    "a line that nobody can read": (
        lambda bucket: bucket.put(catalog_keys.catalog_key(layout.batch_id_of(NOW, "x")), b"{}\n"),
        [(Kind.CATALOGUE_MALFORMED, catalog_keys.catalog_day(DAY))],
    ),
    "a letter that is no JSON": (
        lambda bucket: bucket.put(LETTER, b"{"), [(Kind.LETTER_MALFORMED, LETTER)],
    ),
    "refused bytes that are gone": (
        lambda bucket: bucket.delete(REFUSED), [(Kind.REFUSED_GONE, REFUSED)],
    ),
    "refused bytes of a manifest that are gone": (
        lambda bucket: archive(bucket, 4, _lost(layout.refused_key(DAY, PROVIDER, task_of(4), 1))),
        [(Kind.REFUSED_EXPIRED, layout.refused_key(DAY, PROVIDER, task_of(4), 1))],
    ),
    "refused bytes of a manifest and a letter that are gone": (
        lambda bucket: (archive(bucket, 9, _lost()), bucket.objects.pop(REFUSED)),
        [(Kind.REFUSED_GONE, REFUSED)],
    ),
    "refused bytes whose letter is gone": (
        lambda bucket: bucket.delete(LETTER), [(Kind.UNNAMED, REFUSED)],
    ),
    "an image within a body that is kept by now, or of no task": (
        lambda bucket: _put(bucket, inline_key(0), inline_key(7)),
        [(Kind.UNNAMED, inline_key(0)), (Kind.UNNAMED, inline_key(7))],
    ),
    "an image within a body that a letter needs and that is gone": (
        _letter_of_inline,
        [(Kind.INLINE_GONE, inline_key(8))],
    ),
    "images within bodies that a letter needs, and that wait": (
        lambda bucket: _letter_of_inline(
            bucket, inline_key(8), inline_key(6), layout.due_key(NOW, PROVIDER, task_of(6), "abc")
        ),
        [],
    ),
    "an object that nothing names": (
        lambda bucket: bucket.put(image_key(0, 7), b"x"), [(Kind.UNNAMED, image_key(0, 7))],
    ),
    "objects of others": (
        lambda bucket: _put(bucket, "tasks/mine.txt", "dead/mine.txt"),
        [(Kind.UNNAMED, "dead/mine.txt"), (Kind.UNNAMED, "tasks/mine.txt")],
    ),
}  # fmt: skip


@pytest.fixture
def bucket() -> AgedBucket:
    """Three tasks that are whole, and one that was given up."""
    bucket = AgedBucket()
    for number in range(3):
        archive(bucket, number)
    _letter(bucket)
    return bucket


@pytest.mark.parametrize("read", [False, True])
def test_an_archive_in_order_has_no_mismatch(bucket: AgedBucket, tmp_path: Path, *, read: bool) -> None:
    before = dict(bucket.objects)

    counted, found = surveyed(bucket, tmp_path, read=read)

    assert [] == found
    assert (3, 3, 1) == tuple(counted.get(name, 0) for name in ("tasks", "images", "letters"))
    assert (
        (0, 3, 0)
        if read
        else (3, 0, 0) == tuple(counted.get(name, 0) for name in ("told", "summed", "untold"))
    )
    assert before == bucket.objects


@pytest.mark.parametrize("case", CASES)
def test_what_differs_is_told(bucket: AgedBucket, tmp_path: Path, case: str) -> None:
    damage, expected = CASES[case]
    damage(bucket)

    _, found = surveyed(bucket, tmp_path)

    assert expected == sorted((mismatch.kind, mismatch.key) for mismatch in found)


def test_bytes_that_the_store_tells_wrongly_are_found_by_reading(bucket: AgedBucket, tmp_path: Path) -> None:
    bucket.put(image_key(0), PIXELS[::-1])

    _, found = surveyed(bucket, tmp_path, read=True)

    assert [(Kind.IMAGE_SHA256, image_key(0))] == [(each.kind, each.key) for each in found]


def test_what_somebody_works_at_is_not_judged(bucket: AgedBucket, tmp_path: Path) -> None:
    """An image of work that waits stands before its manifest does; a manifest may stand before its line."""
    bucket.put(image_key(6), PIXELS)
    bucket.put(layout.due_key(NOW, PROVIDER, task_of(6), "abc"), b"{}")
    _with(bucket, manifest_key(1), lambda told: told.update(changed_at=(datetime.now(UTC) + AGE).isoformat()))
    bucket.objects[image_key(1, 3)] = bucket.get(image_key(1))._replace(modified=bucket.now())

    counted, found = surveyed(bucket, tmp_path)

    assert [] == found
    assert 1 == counted["young"]


def test_a_survey_that_was_broken_off_is_gone_on_with(bucket: AgedBucket, tmp_path: Path) -> None:
    for number in range(10, 460):
        archive(bucket, number)
    bucket.delete(image_key(20))
    bucket.delete(image_key(450))
    whole = sum(1 for key in bucket.objects if key.endswith("manifest.json"))
    bucket.manifests_most = 210
    with pytest.raises(BucketUnavailable):
        surveyed(bucket, tmp_path)
    bucket.manifests_read, bucket.manifests_most = 0, 1_000_000

    counted, found = surveyed(bucket, tmp_path)

    assert [image_key(20), image_key(450)] == [each.key for each in found]
    assert whole == counted["tasks"]
    assert bucket.manifests_read == whole - FOLDERS_IN_ONE_GO


def test_two_surveys_of_one_bucket_do_not_share_their_notes(tmp_path: Path) -> None:
    with closing(Notes(tmp_path / "fsck.sqlite")), pytest.raises(NotesUnusable):
        Notes(tmp_path / "fsck.sqlite")


def test_notes_that_are_damaged_are_begun_again(bucket: AgedBucket, tmp_path: Path) -> None:
    (tmp_path / "fsck.sqlite").write_bytes(b"no database" * 1000)

    counted, found = surveyed(bucket, tmp_path)

    assert ([], 3) == (found, counted["tasks"])


def test_every_kind_says_what_to_do() -> None:
    assert set(Kind) == set(SENTENCES)
    assert set(Kind) > REMARKS
