"""A task's life: its status, its links' life, and which requests meet a fault."""

from __future__ import annotations

import pytest

from tests.unit.simulator.samples import ADDRESS, CREATED_AT, finished, order, task

END = CREATED_AT + 10


def test_a_task_is_pending_then_processing_then_whatever_it_ends_as() -> None:
    """It ends when the workshop says so, never by the clock alone."""
    new = task()
    assert [new.status_at(CREATED_AT + s) for s in (0, 1, 5, 99)] == [
        "pending",
        "pending",
        "processing",
        "processing",
    ]
    assert finished().status_at(END) == "completed"
    assert finished(order(status="failed")).status_at(END) == "failed"
    assert finished(order(status="cancelled")).status_at(END) == "cancelled"


def test_progress_is_whole_only_when_completed() -> None:
    """99 at most while it is worked on."""
    assert [task().progress_at(CREATED_AT + s) for s in (0, 5, 10)] == [0, 50, 99]
    assert finished().progress_at(END) == 100
    assert finished(order(status="failed")).progress_at(END) == 0


def test_links_are_as_evolink_names_them() -> None:
    """The day of the order, 32 hex digits, the index, the extension."""
    urls = finished(order(count=2, image_format="jpeg")).urls()
    assert urls == [
        f"{ADDRESS}/media/images/2026/07/01/{0:032x}_0.jpg?sig=signature",
        f"{ADDRESS}/media/images/2026/07/01/{0:032x}_1.jpg?sig=signature",
    ]


def test_links_live_from_the_end_of_the_work_until_their_life_is_over() -> None:
    """Before and after there is nothing."""
    assert not task().link_is_alive(CREATED_AT + 1)
    assert finished().link_is_alive(END)
    assert finished().link_is_alive(END + 99)
    assert not finished().link_is_alive(END + 100)
    assert not finished(order(status="failed")).link_is_alive(END)
    assert finished(order(link_life_s=9)).link_is_alive(END + 8)
    assert not finished(order(link_life_s=9)).link_is_alive(END + 9)


def test_healing_mends_the_links_and_begins_their_life_anew() -> None:
    """A dead link can be brought back for a replay."""
    ill = finished(order(link=500))
    ill.links[0].requests = 1
    assert ill.link_is_spoilt(ill.links[0])
    ill.heal(END + 200)
    assert not ill.link_is_spoilt(ill.links[0])
    assert ill.link_is_alive(END + 299)
    assert not ill.link_is_alive(END + 300)


@pytest.mark.parametrize(("index", "requests", "spoilt"), [(0, 1, False), (1, 1, True), (1, 2, False)])
def test_a_fault_counts_requests_of_its_own_link(index: int, requests: int, *, spoilt: bool) -> None:
    """Another image's requests heal nothing."""
    ill = finished(order(count=2, link=500, index=1, heal_after=1))
    ill.links[index].requests = requests
    assert ill.link_is_spoilt(ill.links[index]) is spoilt


def test_a_task_that_was_asked_for_names_links_that_work_where_it_should() -> None:
    """The dead ones stay dead; a task without the switch keeps its links."""
    ill, plain = finished(order(link="404", fresh=True)), finished(order(link="404"))
    for each in (ill, plain):
        before = each.urls()
        each.ask("fresh-signature")
        assert (before == each.urls()) is (each is plain)

    assert not ill.link_is_spoilt(ill.links[0], "fresh-signature")
    assert ill.link_is_spoilt(ill.links[0], ill.signature)
