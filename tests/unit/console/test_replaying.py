"""What is replayed, in which order and how far apart; pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archive.library.dead_letters import Dead, DeadFilter, reasons_counted
from archive.library.query import Query, TaskRow
from archive.library.span import Span
from archive.reasons import Reason
from archive.records.catalogue import CatalogueLine
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Delivery
from archive.records.work import Work
from console.replays.replaying import LONGEST_STRETCH_S, in_order, new_replay, planned, times_of, why_not

NOW = datetime(2026, 11, 21, 7, 41, tzinfo=UTC)


def letter(name: str, reason: Reason = Reason.SOURCE_GONE, dies: datetime | None = NOW) -> Dead:
    """The letter of a task, whose links die then; without, that of a delivery."""
    work = Work(
        provider="evolink", task_id=name, day=NOW.date(), origin="o", sources=("s",), expires_at=dies
    ) if dies else None  # fmt: skip
    delivery = None if work else Delivery(id=name, received_at=NOW, provider="evolink", body=b"")
    return Dead(
        f"dead/2026/11/21/evolink/{'' if work else 'delivery-'}{name}.json",
        DeadLetter(reason=reason, at=NOW, provider="evolink", task_id=name if work else None,
                   label="a/b", work=work, delivery=delivery),
    )  # fmt: skip


def test_what_dies_soonest_goes_first_and_what_is_dead_last() -> None:
    items = [letter("dead", dies=NOW), letter("late", dies=NOW + timedelta(hours=9)),
             letter("soon", dies=NOW + timedelta(hours=1))]  # fmt: skip
    assert [dead.task_id for dead in in_order(items, NOW)] == ["soon", "late", "dead"]


def test_items_are_a_fifth_of_a_second_apart() -> None:
    assert times_of(3, NOW) == [NOW, NOW + timedelta(seconds=0.2), NOW + timedelta(seconds=0.4)]


def test_a_flood_stays_within_what_workers_take_for_a_plan() -> None:
    assert times_of(100_000, NOW)[-1] - NOW < timedelta(seconds=LONGEST_STRETCH_S)


def test_a_replay_says_who_when_and_why() -> None:
    replay = new_replay(NOW, "links healed")
    assert replay.id.startswith("replay-01")
    assert replay.id == replay.id.lower()
    assert (replay.at, replay.why, "@" in replay.who) == (NOW, "links healed", True)


def test_a_plan_holds_each_letter_with_its_time_the_most_urgent_first() -> None:
    items = [letter("late", dies=NOW + timedelta(hours=9)), letter("soon", dies=NOW + timedelta(hours=1))]
    plan = planned(items, new_replay(NOW, ""))
    assert [(item.letter, item.when) for item in plan.items] == [
        (items[1].key, NOW), (items[0].key, NOW + timedelta(seconds=0.2)),
    ]  # fmt: skip


def test_a_conflicting_delivery_is_replayed_only_by_name() -> None:
    dead = letter("one", Reason.CONFLICTING_DELIVERY)
    assert "forged" in (why_not(dead, named=False) or "")
    assert why_not(dead, named=True) is None


def test_an_object_of_ours_that_cannot_be_read_is_not_replayed() -> None:
    assert why_not(letter("one", Reason.MALFORMED_RECORD), named=True) is not None


def test_a_letter_is_called_by_its_task_or_its_delivery() -> None:
    assert [letter("task").name, letter("delivery", dies=None).name] == ["evolink/task", "delivery"]


def test_reasons_are_counted_the_most_first() -> None:
    letters = [letter(str(n), reason).letter for n, reason in
               enumerate([Reason.CUT_OFF, Reason.SOURCE_GONE, Reason.SOURCE_GONE])]  # fmt: skip
    assert reasons_counted(letters) == {Reason.SOURCE_GONE: 2, Reason.CUT_OFF: 1}


@pytest.mark.parametrize(
    ("wanted", "passes"),
    [
        (DeadFilter(), True),
        (DeadFilter(reason="source_gone"), True),
        (DeadFilter(reason="cut_off"), False),
        (DeadFilter(provider="apiinone"), False),
        (DeadFilter(label="a/*"), True),
        (DeadFilter(label="b/*"), False),
        (DeadFilter(span=Span(NOW, None)), True),
        (DeadFilter(span=Span(None, NOW)), False),
    ],
)
def test_a_filter_takes_letters_by_reason_provider_label_and_time(wanted: DeadFilter, passes: object) -> None:
    assert wanted.wants(letter("one")) is passes


@pytest.mark.parametrize(
    ("wanted", "passes"),
    [
        (Query(), True),
        (Query(model="GPT-image-*"), True),
        (Query(model="flux*"), False),
        (Query(status="failed"), False),
        (Query(finding="any"), True),
        (Query(finding="dimensions"), True),
        (Query(finding="format"), False),
        (Query(label="spring"), True),
        (Query(label="spr"), False),
    ],
)
def test_a_filter_takes_lines_of_the_catalogue(wanted: Query, passes: object) -> None:
    line = CatalogueLine(
        changed_at=NOW, provider="evolink", task_id="task", status="completed", key="k", model="gpt-image-2",
        label="spring", findings=("dimensions",), kept=1,
    )  # fmt: skip
    assert wanted.wants(TaskRow(line)) is passes
