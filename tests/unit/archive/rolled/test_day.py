"""What is to be rolled up of a day, and what may go: decided from keys, heads and S3's time alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from archive import catalog_keys, layout
from archive.errors import NewerRecord
from archive.rolled.day import (
    DAY_CLOSED_AFTER,
    DAY_FILE_MAX_BYTES,
    GRACE,
    HOUR_CLOSED_AFTER,
    PIECES_MOST,
    TAIL_MOST,
    CatalogueDay,
)
from archive.rolled.heads import refuse_newer_key
from archive.store.listing import Listed

DAY = date(2026, 11, 21)
BEGAN = datetime(2026, 11, 21, tzinfo=UTC)
HOUR = timedelta(hours=1)
CLOSED = BEGAN + timedelta(days=1) + DAY_CLOSED_AFTER


def _batches(hour: int, count: int) -> list[str]:
    began = BEGAN + hour * HOUR
    return [
        catalog_keys.catalog_key(layout.batch_id_of(began + timedelta(seconds=each), "batch"))
        for each in range(count)
    ]


def _day(*keys: str, at: datetime = BEGAN, size: int = 10) -> CatalogueDay:
    return CatalogueDay(DAY, [Listed(key, size, at) for key in sorted(keys)])


def _first(key: str) -> str:
    return catalog_keys.read_catalog_key(key).first


def test_keys_sort_after_what_they_replace() -> None:
    batches = [*_batches(7, 2), *_batches(8, 1)]
    seven = catalog_keys.rolled_key(DAY, 7, _first(batches[0]), 0)
    day = catalog_keys.rolled_key(DAY, None, _first(batches[0]), 0)
    following = catalog_keys.catalog_key(layout.batch_id(BEGAN + timedelta(days=1)))

    assert [batches[0], batches[1], seven, batches[2], day, following] == sorted(
        [following, day, seven, *reversed(batches)]
    )


@pytest.mark.parametrize(
    "key",
    [
        "catalog/2026/11/21/07/readme.txt",
        "catalog/2026/11/21/24/01ARZ3NDEKTSV4RRFFQ69G5FAV.ndjson",
        "catalog/2026/13/21~01ARZ3NDEKTSV4RRFFQ69G5FAV.parquet",
        "catalog/2026/11/21~../x.parquet",
        "tasks/2026/11/21/07/01ARZ3NDEKTSV4RRFFQ69G5FAV.ndjson",
        "catalog/2026/11/21/07/01ARZ3NDEKTSV4RRFFQ69G5FAV.ndjson\n",
    ],
)
def test_a_key_that_is_none_of_the_catalogue_is_foreign(key: str) -> None:
    assert [key] == _day(key).foreign


def test_an_hour_that_lasts_is_rolled_up_when_its_tail_is_long() -> None:
    now = BEGAN + HOUR / 2
    assert [] == _day(*_batches(0, TAIL_MOST)).due({}, now)
    [roll] = _day(*_batches(0, TAIL_MOST + 1)).due({}, now)
    assert (tuple(_batches(0, TAIL_MOST + 1)), 0) == (roll.sources, roll.hour)


def test_pieces_of_an_hour_become_one() -> None:
    batches = _batches(0, PIECES_MOST + 2)
    pieces = [catalog_keys.rolled_key(DAY, 0, _first(key), place) for place, key in enumerate(batches[:-1])]
    heads = {piece: frozenset({key}) for piece, key in zip(pieces, batches, strict=False)}
    [roll] = _day(*batches, *pieces).due(heads, BEGAN + HOUR / 2)

    assert {*pieces, batches[-1]} == set(roll.sources)
    assert {*pieces, *batches} == set(roll.replaces)
    assert PIECES_MOST + 1 == catalog_keys.read_catalog_key(roll.key).ordinal


def test_a_closed_hour_becomes_one_object_and_one_that_is_one_stays() -> None:
    closed = BEGAN + HOUR + HOUR_CLOSED_AFTER
    assert [] == _day(*_batches(0, 2)).due({}, closed - timedelta(seconds=1))
    [roll] = _day(*_batches(0, 2)).due({}, closed)
    assert [] == _day(*_batches(0, 2), roll.key).due({roll.key: frozenset(roll.replaces)}, closed)
    assert [] == _day(*_batches(0, 1)).due({}, closed)


def test_a_closed_day_becomes_one_file_when_its_hours_are_few_objects() -> None:
    many, few = _batches(3, PIECES_MOST + 1), _batches(4, 2)
    [hour] = _day(*many, *few).due({}, CLOSED)
    assert 3 == hour.hour
    [day] = _day(*many, *few, hour.key).due({hour.key: frozenset(many)}, CLOSED)
    assert (None, {hour.key, *few}, {hour.key, *few, *many}) == (
        day.hour,
        set(day.sources),
        set(day.replaces),
    )
    assert catalog_keys.rolled_key(DAY, None, _first(few[0]), 0) != day.key or day.key.endswith(".parquet")


def test_workers_may_begin_a_closed_day_later() -> None:
    spread = timedelta(seconds=100)
    assert [] == _day(*_batches(3, 1)).due({}, CLOSED, spread)
    assert _day(*_batches(3, 1)).due({}, CLOSED + spread, spread)


def test_what_comes_late_to_a_closed_day_makes_a_second_file_of_it_and_no_hour() -> None:
    old, late = _batches(3, 1), _batches(5, 70)
    first = catalog_keys.rolled_key(DAY, None, _first(old[0]), 0)
    [roll] = _day(first, *late).due({first: frozenset(old)}, CLOSED)
    assert (None, tuple(late), 1) == (
        roll.hour,
        roll.sources,
        catalog_keys.read_catalog_key(roll.key).ordinal,
    )


def test_a_day_of_too_many_bytes_makes_several_files() -> None:
    keys = [key for hour in range(4) for key in _batches(hour, 1)]
    [roll] = _day(*keys, size=DAY_FILE_MAX_BYTES // 2).due({}, CLOSED)
    assert tuple(keys[:2]) == roll.sources


def test_only_what_a_standing_file_lists_goes_and_after_a_grace() -> None:
    batches = _batches(0, 3)
    file = catalog_keys.rolled_key(DAY, 0, _first(batches[0]), 0)
    heads = {file: frozenset(batches[:2])}
    assert [] == _day(*batches, file).removable(heads, BEGAN + GRACE - timedelta(seconds=1))
    assert batches[:2] == _day(*batches, file).removable(heads, BEGAN + GRACE)
    assert [] == _day(*batches).removable(heads, BEGAN + GRACE)


def test_a_file_that_is_replaced_itself_says_nothing() -> None:
    """A frozen PUT may bring it back under its name, with more than what was rolled up."""
    batches = _batches(0, 3)
    old = catalog_keys.rolled_key(DAY, 0, _first(batches[0]), 0)
    new = catalog_keys.rolled_key(DAY, 0, _first(batches[0]), 1)
    heads = {old: frozenset(batches), new: frozenset({old, *batches[:2]})}
    assert [*batches[:2], old] == _day(*batches, old, new).removable(heads, BEGAN + GRACE)


def test_a_rolled_file_of_a_newer_schema_is_refused_by_its_key() -> None:
    key = catalog_keys.rolled_key(DAY, None, "01ARZ3NDEKTSV4RRFFQ69G5FAV", 0).replace(
        ".parquet", ".2.parquet"
    )
    with pytest.raises(NewerRecord, match=f"{key} is rolled up in schema 2"):
        refuse_newer_key(key)
