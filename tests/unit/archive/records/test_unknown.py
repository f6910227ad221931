"""Fields that a newer version wrote: kept through every reading, merge and writing."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from archive.errors import MalformedRecord, NewerRecord
from archive.reasons import Reason
from archive.records.asset import Finding
from archive.records.catalogue import CatalogueLine, line_of
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Delivery, Replay
from archive.records.manifest import Manifest, merged, with_story_of
from archive.records.notification import TaskError
from archive.records.order import Claims, Order
from archive.records.order_record import OrderRecord
from archive.records.record import Record, to_json
from archive.records.replay_plan import Planned, ReplayPlan
from archive.records.unknown import carried
from archive.records.work import Heard, Work
from tests.fakes.newer import NewerVersion
from tests.fakes.words import NOW, TASK, delivery, heard, kept, lost, manifest, work

REPLAY = Replay(id="replay-01", at=NOW, who="me")
HEARD = structs.replace(heard(), error=TaskError(code="c"), billing={"credits": 1, "since_2": "theirs"})
WORK = work(
    heard=(HEARD,), order=Order(model="m"), kept=(kept(),), lost=(lost(1),), replay=REPLAY, trouble="slow"
)
MANIFEST = manifest(
    structs.replace(kept(0), findings=(Finding(kind="format", expected="png", got="webp"),)),
    lost(1),
    order=Order(prompt="p", references=("a",)),
    error=TaskError(code="c", message="m"),
    notifications=(HEARD,),
    replays=(REPLAY,),
    billing={"credits": 1},
    findings=(Finding(kind="count", expected="2", got="1"),),
)
LETTER = DeadLetter(
    reason=Reason.SOURCE_GONE,
    at=NOW,
    provider="evolink",
    task_id=TASK,
    lost=(lost(1),),
    notifications=(HEARD,),
    replays=(REPLAY,),
    work=work(heard=(HEARD,)),
    others=(work(sources=("https://files.evolink.ai/b/0.png",)),),
    delivery=delivery(1, headers={"user-agent": "a"}, claims=Claims(size="1:1"), replay=REPLAY),
)
RECORDS: list[Record] = [
    MANIFEST,
    LETTER,
    WORK,
    OrderRecord(provider="evolink", task_id=TASK, order=Order(model="m"), told_at=NOW, delivery_id="d"),
    line_of(MANIFEST, "k"),
    ReplayPlan(replay=REPLAY, items=(Planned(letter="dead/2026/11/21/evolink/task-a.json", when=NOW),)),
    delivery(1, claims=Claims(n=2), replay=REPLAY),
]
WITH_SCHEMA = [Manifest, DeadLetter, Work, OrderRecord, CatalogueLine, ReplayPlan, Delivery]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def _name(record: object) -> str:
    return record.__name__ if isinstance(record, type) else type(record).__name__


@pytest.mark.parametrize("record", RECORDS, ids=_name)
def test_what_a_newer_version_says_at_any_level_is_written_again_as_it_was(record: Record) -> None:
    newer = NewerVersion()
    data = newer.rewritten(record.to_json())
    read = type(record).from_json(data)

    assert json.loads(data) == json.loads(read.to_json()) == json.loads(read.to_pretty_json())
    assert json.loads(data) == json.loads(to_json({"nested": [read]}))["nested"][0]
    assert newer.wrote == newer.finds(read.to_json())
    assert b"\n" not in read.to_json()
    assert read == type(record).from_json(read.to_pretty_json())
    assert read != record


@settings(deadline=None)  # a busy machine is slow
@given(st.dictionaries(st.text(), JSON, max_size=4), st.dictionaries(st.text(), JSON, max_size=4))
def test_any_names_and_any_values_are_kept(outer: dict[str, Any], inner: dict[str, Any]) -> None:
    told = json.loads(MANIFEST.to_json())
    data = {**outer, **told, "error": {**inner, **told["error"]}}

    assert data == json.loads(Manifest.from_json(json.dumps(data).encode()).to_json())


@settings(deadline=None)  # a busy machine is slow
@given(st.text("0123456789", min_size=1, max_size=40), st.integers(-400, 400))
def test_a_number_is_kept_to_its_last_digit(digits: str, exponent: int) -> None:
    number = f"{digits.lstrip('0') or '0'}.{digits}e{exponent}"
    data = delivery().to_json()[:-1] + f',"since_2":{number}}}'.encode()

    assert f'"since_2":{number}' in Delivery.from_json(data).to_json().decode()


def test_a_strangers_field_of_our_own_mark_is_a_field_like_any_other() -> None:
    told = {**json.loads(MANIFEST.to_json()), "~unknown": {"schema": 2}, "billing": {"~unknown": {"a": 1}}}

    assert told == json.loads(Manifest.from_json(json.dumps(told).encode()).to_json())


@pytest.mark.parametrize("kind", WITH_SCHEMA, ids=_name)
@pytest.mark.parametrize("more", [{}, {"provider": ["another", "shape"]}])
def test_a_newer_schema_is_told_as_that_whatever_else_it_says(
    kind: type[Record], more: dict[str, Any]
) -> None:
    for schema in (2, 3, 10**30):
        with pytest.raises(NewerRecord, match=f"{kind.__name__} of schema {schema}"):
            kind.from_json(json.dumps({**more, "schema": schema}).encode())


@pytest.mark.parametrize("kind", WITH_SCHEMA, ids=_name)
@pytest.mark.parametrize("schema", [0, -1, True, None, "2", 2.0, 1.5, [2], {}])
def test_a_schema_that_is_no_whole_number_is_malformed(kind: type[Record], schema: object) -> None:
    record = next(record for record in RECORDS if isinstance(record, kind))
    with pytest.raises(MalformedRecord):
        kind.from_json(json.dumps({**json.loads(record.to_json()), "schema": schema}).encode())


@pytest.mark.parametrize("record", RECORDS, ids=_name)
def test_no_schema_is_the_first(record: Record) -> None:
    told = json.loads(record.to_json())
    told.pop("schema", None)

    assert record == type(record).from_json(json.dumps(told).encode())


@pytest.mark.parametrize("path", [["work"], ["others", 0], ["delivery"]], ids=str)
def test_a_record_that_holds_a_newer_one_is_a_newer_one(path: list[Any]) -> None:
    told = json.loads(LETTER.to_json())
    inner = told
    for step in path:
        inner = inner[step]
    inner["schema"] = 2

    with pytest.raises(NewerRecord):
        DeadLetter.from_json(json.dumps(told).encode())


def test_merging_manifests_keeps_the_unknown_fields_of_both_whichever_comes_first() -> None:
    for turned in (False, True):
        one, two = NewerVersion("since_2"), NewerVersion("since_3")
        first = Manifest.from_json(one.rewritten(MANIFEST.to_json()))
        second = Manifest.from_json(two.rewritten(structs.replace(MANIFEST, closed=("origin-b",)).to_json()))
        final = merged(second, first) if turned else merged(first, second)

        assert one.wrote == one.finds(final.to_json())
        assert two.wrote == two.finds(final.to_json())


def test_an_older_worker_takes_nothing_away_from_what_a_newer_one_wrote() -> None:
    newer = NewerVersion()
    there = Manifest.from_json(newer.rewritten(MANIFEST.to_json()))
    for mine in (
        MANIFEST,
        structs.replace(MANIFEST, assets=(kept(0), kept(1)), findings=()),
        structs.replace(MANIFEST, notifications=(structs.replace(HEARD, received_at=NOW + timedelta(1)),)),
    ):
        final = merged(there, mine)
        left = newer.finds(final.to_json())
        # What is no longer true of the task has gone with its known fields: findings of an older look.
        assert newer.wrote - left <= newer.finds(to_json(there.findings))
        assert final == structs.replace(merged(final, mine), changed_at=final.changed_at)


def test_merging_letters_keeps_the_unknown_fields_of_the_older_one() -> None:
    newer = NewerVersion()
    there = DeadLetter.from_json(newer.rewritten(LETTER.to_json()))

    assert newer.wrote == newer.finds(LETTER.merged_into(there).to_json())


def test_a_story_that_a_manifest_takes_over_keeps_what_was_said_of_each_delivery() -> None:
    newer = NewerVersion()
    letter = DeadLetter.from_json(newer.rewritten(LETTER.to_json()))
    told = newer.finds(to_json([letter.notifications, letter.replays]))

    assert told == newer.finds(with_story_of(manifest(kept(), notifications=()), letter).to_json())
    assert told == newer.finds(with_story_of(MANIFEST, letter).to_json())


def test_an_order_that_takes_the_place_of_another_takes_nothing_over_from_it() -> None:
    old = structs.replace(MANIFEST, order=Order.from_json(b'{"model":"x","style":"old"}'), assets=(kept(0),))
    final = merged(old, structs.replace(MANIFEST, order=Order(model="y", prompt="p")))

    assert Order(model="y", prompt="p") == final.order


def test_unknown_fields_count_when_words_are_compared() -> None:
    one, same, other = (Heard.from_json(_heard(value)) for value in (1, 1, 2))

    assert one == same
    assert one != other
    assert one != heard()
    assert one == carried(heard(), one)


def _heard(value: int) -> bytes:
    return json.dumps({**json.loads(heard().to_json()), "since_2": value}).encode()
