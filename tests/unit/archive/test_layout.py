"""The keys of the bucket."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import layout

TASK = "task-unified-1757156493-imcg5zqt"
DAY = date(2025, 9, 6)
MOMENTS = st.datetimes(datetime(2021, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given a zone


def test_the_day_of_an_evolink_task_is_in_its_id() -> None:
    assert DAY == layout.day_in(TASK)


@pytest.mark.parametrize(
    "task_id", ["n41xxxx_flux2", "task-unified-0000000001-x", "task-unified-9999999999-x", "abc"]
)
def test_an_id_without_a_plausible_time_tells_no_day(task_id: str) -> None:
    assert layout.day_in(task_id) is None


@given(MOMENTS)
def test_a_due_key_says_its_time_to_the_millisecond(when: datetime) -> None:
    key = layout.read_due_key(layout.due_key(when, "evolink", TASK, "0123abcd"))

    assert when.replace(microsecond=when.microsecond // 1000 * 1000) == key.when
    assert ("evolink", TASK, "0123abcd", False) == key[1:]


@given(MOMENTS, MOMENTS)
def test_what_lives_short_sorts_before_all_others_and_by_its_time(one: datetime, other: datetime) -> None:
    short = layout.due_key(one, "bfl", TASK, "0123abcd", short=True)

    assert (layout.read_due_key(short)[1:], layout.is_short(short)) == (("bfl", TASK, "0123abcd", True), True)
    assert short < layout.DUE_OTHERS < layout.due_key(other, "evolink", TASK, "0123abcd")
    assert layout.is_in_due(short)
    assert short < layout.due_until(one, layout.DUE_SHORT) < layout.DUE_OTHERS


@given(MOMENTS, MOMENTS)
def test_a_batch_of_what_lives_short_sorts_before_all_others(one: datetime, other: datetime) -> None:
    short = layout.inbox_key(layout.batch_id(one), short=True)
    plain = layout.inbox_key(layout.batch_id(other))

    assert (True, False) == (layout.is_short(short), layout.is_short(plain))
    assert short < layout.INBOX_OTHERS < plain
    assert layout.is_in_inbox(short)
    assert abs(layout.inbox_time(short) - one) < timedelta(milliseconds=2)


@pytest.mark.parametrize("place", ["due/00-00-", "due/0-", "due/01-", "due/00"])
def test_no_other_place_is_one(place: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        layout.read_due_key(
            layout.due_key(datetime(2026, 11, 21, tzinfo=UTC), "bfl", TASK, "o").replace("due/", place)
        )


@given(MOMENTS, MOMENTS)
def test_due_keys_sort_by_their_time(one: datetime, other: datetime) -> None:
    keys = sorted(layout.due_key(when, "evolink", TASK, "x") for when in (one, other))

    assert [layout.read_due_key(key).when for key in keys] == sorted(
        when.replace(microsecond=when.microsecond // 1000 * 1000) for when in (one, other)
    )


@given(MOMENTS)
def test_what_is_due_by_a_moment_lies_before_its_mark(when: datetime) -> None:
    mark = layout.due_until(when)

    assert layout.due_key(when, "zzz", "zzzz", "zz") < mark
    assert layout.due_key(when + timedelta(milliseconds=1), "a", "aaaa", "0") > mark


@given(MOMENTS)
def test_an_inbox_key_says_when_its_batch_was_gathered(when: datetime) -> None:
    key = layout.inbox_key(layout.batch_id(when))

    assert key.startswith(f"inbox/{when:%Y/%m/%d/%H}/")
    assert abs(layout.inbox_time(key) - when) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    "key", ["due/rubbish.json", "due/20261121T0741~a~b.json", "due/~~~", "due/x~a~b~c.json"]
)
def test_a_due_key_of_somebody_else_is_a_value_error(key: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        layout.read_due_key(key)


def test_a_beginning_that_ends_within_its_second_leaves_days_open() -> None:
    assert layout.days_begun("task-unified-17956") == (date(2026, 11, 25), date(2026, 11, 26))
    assert layout.days_begun("179568040") == (date(2026, 11, 26), date(2026, 11, 26))
    for begins in ("task-unified-", "hkm", "a1795", "task-1795680409", "task-1795680409-h"):
        assert layout.days_begun(begins) is None, begins


def test_the_keys_of_a_task_are_as_drawn() -> None:
    folder = f"2025/09/06/evolink/{TASK}"

    assert f"tasks/{folder}/manifest.json" == layout.manifest_key(DAY, "evolink", TASK)
    assert f"tasks/{folder}/03.webp" == layout.asset_key(DAY, "evolink", TASK, 3, "webp")
    assert f"tasks/{folder}/00-abcdef01.png" == layout.asset_key(DAY, "evolink", TASK, 0, "png", "abcdef0123")
    assert f"dead/{folder}.json" == layout.dead_key(DAY, "evolink", TASK)
    assert f"dead/{folder}.00.bin" == layout.refused_key(DAY, "evolink", TASK, 0)


@given(MOMENTS)
def test_a_replays_plan_stands_under_the_day_in_its_id(when: datetime) -> None:
    replay_id = layout.replay_id(when)

    assert f"replays/{when:%Y/%m/%d}/{replay_id}.json" == layout.replay_key(replay_id)


@pytest.mark.parametrize(
    "text", ["", "replay-", "replay-yesterday", "../x", f"replay-{'z' * 26}", f"replay-{'0' * 26}/../x"]
)
def test_what_is_no_replays_id_has_no_key(text: str) -> None:
    with pytest.raises(ValueError, match="no replay's id"):
        layout.replay_key(text)


@given(MOMENTS)
def test_a_batch_of_a_time_and_a_text_is_always_the_same_and_of_another_text_another(when: datetime) -> None:
    batch = layout.batch_id_of(when, "one")

    assert batch == layout.batch_id_of(when, "one") != layout.batch_id_of(when, "two")
    assert abs(layout.inbox_time(layout.inbox_key(batch)) - when) < timedelta(milliseconds=2)


def test_an_image_in_a_tasks_folder_is_told_from_what_stands_beside_it_and_from_ways_elsewhere() -> None:
    folder = layout.task_folder(DAY, "evolink", TASK)
    images = [layout.asset_key(DAY, "evolink", TASK, 1000, "webp", "abcdef0123"), f"{folder}00.png"]
    others = [f"{folder}manifest.json", f"{folder}../00.png", f"/{folder}00.png", f"{folder}00.png\n",
              f"{folder}a/00.png", folder, layout.refused_key(DAY, "evolink", TASK, 0)]  # fmt: skip

    assert [key for key in (*images, *others) if layout.is_asset_key(key)] == images


def test_a_thumbnail_is_named_by_the_sha256_of_its_image() -> None:
    sha256 = "ab" * 32

    assert layout.thumb_key(sha256) == f"thumbs/ab/{sha256}.webp"
    assert layout.is_sha256(sha256)
    assert not any(map(layout.is_sha256, ["", sha256[1:], sha256.upper(), f"{sha256}\n", "é" * 64]))
