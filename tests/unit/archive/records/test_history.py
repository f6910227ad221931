"""What is remembered of many deliveries in little room: each is named or counted, and counted once."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import MalformedRecord
from archive.records.history import (
    DIGESTS_MOST,
    FIRST,
    LAST,
    NAMED_MOST,
    Counted,
    History,
    digest,
    history_of,
)
from archive.records.work import Heard
from tests.fakes.newer import NewerVersion
from tests.fakes.words import heard

# Few, in any order; and so many in a row that most of them are counted.
ROWS = st.builds(
    lambda start, length: list(range(start, start + length)), st.integers(1, 300), st.integers(17, 100)
)
NUMBERS = st.lists(st.integers(1, 400), max_size=120) | ROWS


def _history(numbers: Sequence[int]) -> History[Heard]:
    return history_of(heard(number) for number in numbers)


def _id(number: int) -> str:
    return heard(number).delivery_id


# No deadline: a busy machine takes long for what takes a millisecond.
@settings(deadline=None)
@given(st.lists(NUMBERS, max_size=6), st.randoms())
def test_however_they_come_together_each_is_told_of_and_counted_once(
    parts: list[list[int]], dice: random.Random
) -> None:
    told = {number for part in parts for number in part}
    histories = [_history(part) for part in parts]
    # Twice, and in any order: a run that was killed is done again.
    again = [*histories, *histories]
    dice.shuffle(again)
    both = _history([]).with_(*again)

    assert len(told) == both.total
    assert all(both.tells_of(_id(number)) for number in told)
    assert not any(both.tells_of(_id(number)) for number in {*range(1, 401)} - told)
    assert all(both.covers(each) for each in histories)
    assert len(both.named) <= NAMED_MOST
    named = {word.delivery_id for word in both.named}
    assert named.isdisjoint(
        _id(number) for number in told if both.counted and digest(_id(number)) in both.counted.known
    )


@settings(deadline=None)
@given(NUMBERS, NUMBERS)
def test_merging_the_same_again_changes_nothing(one: list[int], two: list[int]) -> None:
    once = _history(one).with_(_history(two))

    assert once == once.with_(_history(two)) == once.with_(_history(one)) == once.with_(once)


@settings(deadline=None)
@given(NUMBERS, NUMBERS)
def test_what_is_taken_out_is_told_of_no_more_and_nothing_else_is(one: list[int], two: list[int]) -> None:
    left = _history(one).without(_history(two))

    assert len({*one} - {*two}) == left.total
    assert all(left.tells_of(_id(number)) == (number not in two) for number in one)
    # What is still told of and comes once more is not told of twice.
    for number in sorted({*one} - {*two})[::9]:
        assert left.total == left.with_(_history([number])).total
    # Moved to another record, it is counted there, and the two together are as before.
    assert {*one, *two} == {
        number for number in {*one, *two} if left.with_(_history(two)).tells_of(_id(number))
    }
    assert len({*one, *two}) == left.with_(_history(two)).total


def test_the_first_and_the_last_are_named() -> None:
    history = _history(range(1, 61))

    names = [word.delivery_id for word in history.named]
    assert [_id(number) for number in (*range(1, FIRST + 1), *range(61 - LAST, 61))] == names
    assert history.counted is not None
    assert 60 - FIRST - LAST == history.counted.count


def test_few_are_all_named() -> None:
    assert _history(range(1, NAMED_MOST + 1)).counted is None
    assert NAMED_MOST == len(_history(range(1, NAMED_MOST + 1)).named)


@pytest.mark.thorough
@pytest.mark.parametrize("step", [1, 7, 200])
def test_more_than_have_digests_are_still_counted_and_the_last_of_them_known(step: int) -> None:
    first, most = DIGESTS_MOST - 200, DIGESTS_MOST + 400
    history = _history(range(1, first))
    for start in range(first, most + 1, step):
        part = _history(range(start, min(start + step, most + 1)))
        history = history.with_(part).with_(part)

    assert most == history.total
    assert history.counted is not None
    assert DIGESTS_MOST == len(history.counted.known)
    assert all(history.tells_of(_id(number)) for number in range(most - DIGESTS_MOST, most + 1))
    # It is the same however often it is merged with itself, or with what it came from.
    assert history == history.with_(history)
    assert most == history.with_(_history(range(most - 300, most + 1))).total
    assert history.covers(history)
    assert 0 == history.without(history).total


def test_a_history_does_not_cover_more_than_it_can_know() -> None:
    assert not _history([1]).covers(_history([1, 2]))
    assert not _history(range(1, 40)).covers(_history(range(1, 60)))
    more = History[Heard]((), Counted(count=900, digests=digest(_id(1))))
    assert not History[Heard]((), Counted(count=1, digests=digest(_id(1)))).covers(more)


def test_the_fields_of_a_newer_version_are_kept() -> None:
    newer = NewerVersion()
    counted = Counted.from_json(newer.rewritten(Counted(count=1, digests=digest(_id(1))).to_json()))
    both = History[Heard]((), counted).with_(_history(range(1, 60)))

    assert both.counted is not None
    assert newer.wrote == newer.finds(both.counted.to_json())


@pytest.mark.parametrize(
    "data", [b'{"count":0}', b'{"count":1,"digests":"abc"}', b'{"count":1,"digests":"........"}']
)
def test_what_is_no_count_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedRecord):
        Counted.from_json(data)
