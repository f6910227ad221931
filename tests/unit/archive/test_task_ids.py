"""Task ids, as they are told and as they are filed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from archive import layout
from archive.task_ids import FILED_MOST, filed_id, is_task_id, told_id, told_or_as_it_is

FILED = {
    "task-unified-1757156493-imcg5zqt": "task-unified-1757156493-imcg5zqt",
    "a": "a",
    "n42gcdopwbo_gpt-image-1.5": "n42gcdopwbo_gpt-image-1.5",
    "models/flux/-7b": "models=2Fflux=2F-7b",
    "/a//b/": "=2Fa=2F=2Fb=2F",
    "-9bX": "=2D9bX",
    "_x": "=5Fx",
    ".hidden": "=2Ehidden",
    "...": "=2E..",
    "été": "=C3=A9t=C3=A9",
    "100%2F": "100=252F",
    "a=2Fb": "a=3D2Fb",
    "~": "=7E",
    "é": "=C3=A9",
    "e\u0301": "e=CC=81",
    "\N{PILE OF POO}": "=F0=9F=92=A9",
    "x" * FILED_MOST: "x" * FILED_MOST,
}
WRONG = [
    "", " ", "a b", "abcd\n", "a\x00b", "a\u202eb", "a\u200bb", "\ud800", "..", ".", "../../etc", "a/../b", "a/.", "./a",
    "a\\..\\b", "x" * (FILED_MOST + 1), "é" * 27, "a" + "/" * 53,
]  # fmt: skip
IDS = st.text(min_size=1, max_size=60).filter(is_task_id) | st.text(
    "abZ019._:-=/%~\\é\N{PILE OF POO}", min_size=1, max_size=30
).filter(is_task_id)
MOMENTS = st.datetimes(datetime(2021, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given a zone
DAY = date(2026, 11, 26)


@pytest.mark.parametrize("told", FILED)
def test_an_id_is_filed_so(told: str) -> None:
    assert is_task_id(told)
    assert FILED[told] == filed_id(told)
    assert told == told_id(FILED[told])


@pytest.mark.parametrize("text", WRONG, ids=ascii)
def test_what_is_no_id(text: str) -> None:
    assert not is_task_id(text)


@pytest.mark.parametrize(
    "filed", ["=2d9b", "=61bcd", "a=2", "a=2Gb", "-abc", "a/b", "=2E=2E", "=FF", "a=00b", "a=20b", ""]
)
def test_what_nothing_is_filed_as(filed: str) -> None:
    """Also what would be decoded, and is not as we write it: an id has one filed form."""
    with pytest.raises(ValueError, match=r".+"):
        told_id(filed)
    assert filed == told_or_as_it_is(filed)


@given(st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._:-]{3,127}\Z"))
def test_what_was_always_an_id_keeps_its_keys(task_id: str) -> None:
    """Of all that versions up to 2026-11 took: nothing moves."""
    assert task_id == filed_id(task_id) == told_id(task_id)
    assert layout.task_folder(DAY, "evolink", task_id) == f"tasks/2026/11/26/evolink/{task_id}/"


@given(IDS)
@example("a=2Fb")
@example("%")
def test_an_id_comes_back_from_its_filed_form_and_leads_nowhere_else(task_id: str) -> None:
    """So no two ids have one form; and a form is one plain part of a key, and of a path on a disk."""
    filed = filed_id(task_id)

    assert task_id == told_id(filed) == told_or_as_it_is(filed)
    assert filed.isascii()
    assert filed[0].isalnum() or filed[0] == "="
    assert not set(filed) & set("/\\~%?#&+ ")
    assert len(filed) <= FILED_MOST


@given(st.text(max_size=20) | st.text("ab=2FC3A9E._-", max_size=12))
def test_a_filed_form_is_read_only_as_it_is_written(text: str) -> None:
    try:
        told = told_id(text)
    except ValueError:
        return
    assert text == filed_id(told)


@given(IDS, st.integers(1, 60))
def test_a_beginning_is_filed_as_the_beginning(task_id: str, length: int) -> None:
    """By which a listing finds what begins so."""
    assert filed_id(task_id).startswith(filed_id(task_id[:length]))


@given(MOMENTS, MOMENTS, IDS, IDS)
def test_due_entries_sort_by_their_time_whatever_the_ids(
    one: datetime, other: datetime, first: str, second: str
) -> None:
    assume(other - one >= timedelta(milliseconds=1))
    key, later = (
        layout.due_key(when, "fal", each, "0123abcd") for when, each in ((one, first), (other, second))
    )

    assert key < later
    assert key < layout.due_until(one) < layout.due_until(other)
    assert (first, second) == (layout.read_due_key(key).task_id, layout.read_due_key(later).task_id)
    assert layout.is_in_due(key)


@given(IDS)
def test_every_key_of_a_task_is_known_for_one(task_id: str) -> None:
    dead = layout.dead_key(DAY, "fal", task_id)
    assert layout.DEAD_KEY.fullmatch(dead)
    assert layout.is_asset_key(layout.asset_key(DAY, "fal", task_id, 0, "png"))
    assert task_id.startswith("delivery-") or ("fal", task_id) == layout.task_in_dead_key(dead)


def test_the_longest_due_entry_has_a_file_name_that_stores_take() -> None:
    key = layout.due_key(
        datetime(2026, 11, 26, tzinfo=UTC),
        "p" * 32,
        "x" * FILED_MOST,
        layout.replay_id(datetime.now(UTC)),
        short=True,
    )

    assert 255 == len(key.removeprefix(layout.DUE))
