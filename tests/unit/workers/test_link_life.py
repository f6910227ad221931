"""The clock of a link: counted from what its provider tells, and nearer together the shorter it lives."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from msgspec import structs

from archive.errors import ApiTrouble, SourceTrouble
from archive.reasons import Reason
from archive.records.delivery import Delivery
from archive.records.notification import Notification
from providers.provider import Provider
from providers.registry import PROVIDERS
from tests.fakes.words import NOW
from workers.later import Distances, most_apart
from workers.patience import gives_up_at, tried_next
from workers.readings import Read, asked_for, link_life, links_die_at, work_of

BUSY, GONE = SourceTrouble(Reason.SOURCE_BUSY, "503"), SourceTrouble(Reason.SOURCE_GONE, "404")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


SIGNED = f"https://h.example/a.png?X-Amz-Date={NOW:%Y%m%dT%H%M%SZ}&X-Amz-Expires=1200&X-Amz-Signature=00"


def read(
    provider: str,
    *,
    created: datetime | None = None,
    ended: datetime | None = None,
    link: str = "https://h.example/a.png",
) -> Read:
    delivery = Delivery(id="01LINKLIFE", received_at=NOW, provider=provider, body=b"")
    return Read(
        delivery,
        Notification(
            provider=provider,
            task_id="task-1",
            status="completed",
            created_at=created,
            ended_at=ended,
            sources=(link,),
        ),
    )


@pytest.mark.parametrize(
    ("told", "dies_at"),
    [
        (read("bfl", ended=NOW - 4 * MINUTE), NOW + 6 * MINUTE),
        (read("replicate", ended=NOW - MINUTE, created=NOW - 3 * HOUR), NOW + 59 * MINUTE),
        (read("replicate", created=NOW - 3 * HOUR), NOW + HOUR),
        (read("bfl", ended=NOW + HOUR), NOW + 10 * MINUTE),
        (read("bfl", ended=NOW - 72 * HOUR), NOW + 10 * MINUTE),
        (read("evolink", created=NOW - HOUR), NOW + 23 * HOUR),
        (read("fal"), NOW + 24 * HOUR),
        (read("kie", ended=NOW - HOUR, created=NOW - 2 * HOUR), NOW + 23 * HOUR),
        (read("wavespeed", created=NOW - HOUR), NOW + 7 * 24 * HOUR - HOUR),
        (read("fal", link=SIGNED), NOW + 20 * MINUTE),
        (read("bfl", link=SIGNED), NOW + 10 * MINUTE),
    ],
)
def test_links_die_by_the_end_that_is_told_else_by_the_creation_else_by_the_receipt(
    told: Read, dies_at: datetime
) -> None:
    """A task that waited for hours is not dead before it is begun; an end that cannot be is none."""
    assert links_die_at(told, 0.0) == dies_at


def test_where_the_end_is_told_nothing_is_waited_for_beyond_it() -> None:
    """Else the link may live from the receipt on, as far as anybody knows."""
    work = work_of([read("bfl", ended=NOW - 9 * MINUTE)], day=NOW.date(), link_life_h=0.0)
    assert gives_up_at(work, 10 * MINUTE) == NOW + MINUTE
    work = work_of([read("evolink", created=NOW - HOUR)], day=NOW.date(), link_life_h=0.0)
    assert gives_up_at(work, 24 * HOUR) == NOW + 24 * HOUR


@pytest.mark.parametrize(
    "ended",
    [NOW - 11 * MINUTE, NOW - 8 * HOUR, NOW - 72 * HOUR, NOW + HOUR],
    ids=["just dead", "another zone", "years off", "to come"],
)
def test_a_link_that_was_dead_before_it_was_told_is_tried_for_a_life_unless_its_host_says_so_too(
    ended: datetime,
) -> None:
    """A clock is wrong, or another moment was meant: what passes is no reason to give an image up."""
    work = work_of([read("bfl", ended=ended)], day=NOW.date(), link_life_h=0.0)
    distances = Distances(60, 3600)
    for after_s in (1, 60, 300, 590):
        now = NOW + timedelta(seconds=after_s)
        when = tried_next(now, work, [BUSY], 10 * MINUTE, distances)
        assert when is not None
        assert now < when <= NOW + 10 * MINUTE
    assert tried_next(NOW + 10 * MINUTE, work, [BUSY], 10 * MINUTE, distances) is None
    gone = tried_next(NOW + MINUTE, work, [GONE], 10 * MINUTE, distances)
    assert (gone is None) == (work.expires_at < NOW)


def test_a_link_that_was_dead_before_it_was_told_is_waited_for_while_its_provider_cannot_be_asked() -> None:
    """The end that was told may be wrong, and fresh links may be had: an API that is away for a second says nothing."""
    work = work_of([read("bfl", ended=NOW - 11 * MINUTE)], day=NOW.date(), link_life_h=0.0)
    unasked = ApiTrouble(Reason.API_TROUBLE, "HTTP 503")
    assert None is tried_next(NOW + MINUTE, work, [GONE], 10 * MINUTE, Distances(30, 3600))
    # A wrong clock and a host that shows its files some seconds late may come together.
    assert None is not tried_next(NOW + MINUTE / 2, work, [GONE], 10 * MINUTE, Distances(30, 3600))
    for troubles in ([unasked], [unasked, GONE], [BUSY]):
        assert None is not tried_next(NOW, work, troubles, 10 * MINUTE, Distances(30, 3600))


def test_a_link_that_says_when_it_ends_is_hurried_by_that_and_given_up_by_its_providers_word() -> None:
    """Its words may be misread, and a fresh one may be had meanwhile: so it costs tries, and no image."""
    work = work_of([read("evolink", link=SIGNED)], day=NOW.date(), link_life_h=0.0)
    assert (work.short, work.expires_at) == (True, NOW + 20 * MINUTE)
    assert gives_up_at(work, 24 * HOUR) == NOW + 24 * HOUR
    near = tried_next(NOW, structs.replace(work, tries=9), [BUSY], 24 * HOUR, Distances(60, 3600))
    assert near is not None
    assert near <= NOW + MINUTE
    last = tried_next(NOW + 19.5 * MINUTE, work, [GONE], 24 * HOUR, Distances(60, 3600))
    assert last is not None
    assert last <= NOW + 20 * MINUTE
    after = tried_next(NOW + 21 * MINUTE, work, [GONE], 24 * HOUR, Distances(60, 3600))
    assert after is not None


@pytest.mark.parametrize(
    ("name", "distances"), [("bfl", (15, 30)), ("replicate", (60, 180)), ("evolink", (60, 3600))]
)
def test_a_short_life_brings_the_tries_together(name: str, distances: tuple[float, float]) -> None:
    assert Distances(60, 3600).within(link_life(name, 0.0)) == Distances(*distances)


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS.keys())
def test_every_provider_is_asked_within_a_tenth_of_its_links_life(provider: Provider) -> None:
    assert provider.ask_first_s <= provider.link_life_s / 10


def test_work_says_whether_its_links_live_short() -> None:
    """An hour or less; and as the operator has it, where that is set."""
    told = [
        work_of([read(name)], day=NOW.date(), link_life_h=0.0).short
        for name in ("bfl", "replicate", "fal", "evolink")
    ]
    assert told == [True, True, False, False]
    assert work_of([read("evolink")], day=NOW.date(), link_life_h=0.5).short
    assert not work_of([read("bfl")], day=NOW.date(), link_life_h=2.0).short


@pytest.mark.parametrize("age", [timedelta(), HOUR, 10 * HOUR, 23 * HOUR], ids=str)
@pytest.mark.parametrize("life", [10 * MINUTE, HOUR, 24 * HOUR], ids=str)
def test_however_long_a_task_waits_it_is_asked_for_twice_within_its_links_life(
    life: timedelta, age: timedelta
) -> None:
    assert life / 10 <= most_apart(life, age) <= life / 2


def test_a_task_is_asked_for_for_a_day_however_short_its_links_live() -> None:
    assert [asked_for(name, 0.0) for name in ("bfl", "replicate", "evolink")] == [24 * HOUR] * 3
    assert asked_for("bfl", 2.0) == 2 * HOUR
