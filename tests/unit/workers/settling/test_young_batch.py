"""Which batches are worked in place: by their age, and by what they say."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archive import layout
from archive.records.delivery import Delivery, Replay
from tests.fakes.words import NOW, TASK, body, delivery
from workers.placing import Said
from workers.readings import Read, read_delivery
from workers.settling.young_batch import IMAGES_MOST, LINES_MOST, BatchLease, fit_in_place

KEY = layout.inbox_key(layout.batch_id(NOW))
LEASE = BatchLease(timedelta(seconds=60))


def readable(*deliveries: Delivery) -> dict[Said, list[Read]]:
    """As `Settle` sorts them."""
    sorted_: dict[Said, list[Read]] = {}
    for each in deliveries:
        told, _ = read_delivery(each)
        says = (told.origin, told.sources) if told.status == "completed" else ("", ())
        sorted_.setdefault((told.provider, told.task_id, *says), []).append(Read(each, told))
    return sorted_


def links(count: int, name: str = "a") -> list[str]:
    return [f"https://files.evolink.ai/{name}/{index}.png" for index in range(count)]


@pytest.mark.parametrize(
    ("age_s", "young"),
    [(-86_400, False), (-1.1, False), (-0.9, True), (0, True), (15, True), (15.1, False), (4_000, False)],
)
def test_a_batch_is_young_for_a_quarter_of_the_time_until_the_sweep_rings(
    age_s: float, *, young: bool
) -> None:
    assert young == LEASE.may_begin(KEY, NOW + timedelta(seconds=age_s))


def test_images_are_in_the_bucket_when_half_of_it_is_over() -> None:
    assert NOW + timedelta(seconds=30) == LEASE.fetched_by(KEY)


def test_a_batch_whose_key_tells_no_time_is_not_young() -> None:
    assert not LEASE.may_begin("inbox/somebody's", NOW)


def test_where_two_clocks_that_differ_are_most_of_the_lease_nothing_is_worked_in_place() -> None:
    assert not BatchLease(timedelta(seconds=9)).may_begin(KEY, NOW)
    assert BatchLease(timedelta(seconds=10)).may_begin(KEY, NOW)


def test_a_few_tasks_are_worked_in_place_each_told_of_in_one_way() -> None:
    told = readable(
        delivery(1), delivery(2), delivery(3, body(id=TASK + "x")), delivery(4, body("failed", id="x" * 9))
    )

    assert [TASK, TASK + "x"] == [task for _, task, *_ in fit_in_place(LINES_MOST, told)]
    assert () == fit_in_place(LINES_MOST + 1, told)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(body("failed"), id="failed"),
        pytest.param(body(links=links(1, "b")), id="other images"),
        pytest.param(body(links=["https://files.evolink.ai/a/0.png?sig=2"]), id="another query"),
    ],
)
def test_a_task_that_is_told_of_in_two_ways_takes_the_road(other: bytes) -> None:
    assert () == fit_in_place(2, readable(delivery(1), delivery(2, other)))


def test_what_is_replayed_or_was_asked_for_takes_the_road() -> None:
    replay = Replay(id="replay-1", at=NOW, who="ops")

    assert () == fit_in_place(1, readable(delivery(replay=replay)))
    assert () == fit_in_place(1, readable(delivery(via="ask")))
    assert () == fit_in_place(2, readable(delivery(1), delivery(2, via="ask")))


def test_more_images_than_one_worker_fetches_at_the_same_time_take_the_road() -> None:
    assert 1 == len(fit_in_place(1, readable(delivery(content=body(links=links(IMAGES_MOST))))))
    assert () == fit_in_place(1, readable(delivery(content=body(links=links(IMAGES_MOST + 1)))))
