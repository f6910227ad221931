"""Due entries are put where none stands, and none is ever overwritten."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from archive import layout
from archive.errors import Taken
from archive.records.work import Work
from archive.store.due import STEP, put_claim, put_due
from tests.fakes.bucket import MemoryBucket
from tests.fakes.words import work

WHEN = datetime(2026, 11, 21, 7, 41, tzinfo=UTC)


def key_at(when: datetime, work_: Work) -> str:
    return layout.due_key(when, work_.provider, work_.task_id, work_.origin)


def standing(bucket: MemoryBucket) -> dict[str, bytes]:
    return {listed.key: bucket.get(listed.key).body for listed in bucket.list(layout.DUE)}


def test_work_stands_at_its_time_where_none_does() -> None:
    bucket, ours = MemoryBucket(), work()

    placed = put_due(bucket, ours, WHEN)

    assert (key_at(WHEN, ours), WHEN, ours) == placed
    assert {placed.key: ours.to_json()} == standing(bucket)


@pytest.mark.parametrize("same", [None, lambda _there: False])
def test_other_work_keeps_its_place_and_this_stands_a_millisecond_later(
    same: Callable[[Work], bool] | None,
) -> None:
    bucket, theirs, ours = MemoryBucket(), work(tries=7), work()
    put_due(bucket, theirs, WHEN)

    placed = put_due(bucket, ours, WHEN, same=same)

    assert (WHEN + STEP, ours) == (placed.when, placed.work)
    assert {key_at(WHEN, theirs): theirs.to_json(), placed.key: ours.to_json()} == standing(bucket)


def test_work_that_is_as_good_is_left_as_it_stands() -> None:
    bucket, theirs = MemoryBucket(), work(tries=7)
    put_due(bucket, theirs, WHEN)

    placed = put_due(bucket, work(), WHEN, same=lambda there: there.tries == 7)

    assert (key_at(WHEN, theirs), WHEN, theirs) == placed
    assert {placed.key: theirs.to_json()} == standing(bucket)


def test_what_cannot_be_read_holds_nothing_up() -> None:
    bucket, ours = MemoryBucket(), work()
    bucket.put(key_at(WHEN, ours), b"rubbish")

    placed = put_due(bucket, ours, WHEN, same=lambda _there: True)

    assert {key_at(WHEN, ours): b"rubbish", key_at(WHEN + STEP, ours): ours.to_json()} == standing(bucket)
    assert WHEN + STEP == placed.when


def test_a_place_that_becomes_free_while_it_is_looked_at_is_taken() -> None:
    class Vanishing(MemoryBucket):
        def put_new(self, key: str, *words: object, **more: object) -> None:
            if not self.metadata:
                self.metadata["tried"] = {}
                raise Taken(key)
            super().put_new(key, *words, **more)  # type: ignore[arg-type] # handed on as it came

    bucket, ours = Vanishing(), work()

    assert WHEN == put_due(bucket, ours, WHEN, same=lambda _there: False).when
    assert {key_at(WHEN, ours): ours.to_json()} == standing(bucket)


def test_eight_at_the_same_time_all_stand() -> None:
    bucket = MemoryBucket()
    with ThreadPoolExecutor(8) as pool:
        placed = list(pool.map(lambda tries: put_due(bucket, work(tries=tries), WHEN), range(8)))

    assert {WHEN + timedelta(milliseconds=step) for step in range(8)} == {each.when for each in placed}
    assert {each.key for each in placed} == standing(bucket).keys()


def test_a_claim_has_its_own_key_or_none() -> None:
    bucket, ours = MemoryBucket(), work()
    put_claim(bucket, key_at(WHEN, ours), ours)

    with pytest.raises(Taken):
        put_claim(bucket, key_at(WHEN, ours), work(tries=3))
    assert {key_at(WHEN, ours): ours.to_json()} == standing(bucket)
