"""Fresh links for dead ones, and links that are not trusted before the provider names them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from archive import layout
from archive.errors import ApiTrouble, SourceTrouble, TryLater
from archive.reasons import Reason
from archive.records.delivery import Replay
from archive.records.order import Order
from archive.records.order_record import OrderRecord
from tests.fakes.words import NOW, TASK, body, heard, work
from tests.unit.workers.asking.asking_shop import AskingShop, ShopOf
from tests.unit.workers.shop import LETTER, THREE
from workers.asking.order_book import OrderBook

FRESH = tuple(f"https://files.evolink.ai/fresh/{index}.png" for index in range(3))
Answer = bytes | Exception | None
GONE = ApiTrouble(Reason.API_TROUBLE, "503", retry_after_s=300.0)


def test_a_dead_link_is_asked_for_once_and_the_fresh_one_is_fetched(shop_of: ShopOf) -> None:
    shop = shop_of(body(links=FRESH), dead=(THREE[1],))
    shop.do(work(sources=THREE))

    assert shop.manifest().whole
    assert [TASK] == shop.asker.asked
    assert [FRESH[1]] == [link for link in shop.links.fetched if link in FRESH]
    # The image is the one that was told of, wherever it was fetched: a duplicate is known by that.
    assert "files.evolink.ai/a/1.png" == shop.manifest().assets[1].source


def test_nobody_is_asked_while_the_links_live(shop_of: ShopOf) -> None:
    shop = shop_of(body(links=FRESH))
    shop.do(work(sources=THREE))

    assert [] == shop.asker.asked


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (None, "does not know the task"),
        (body("failed"), "says that the task is failed"),
        (body("processing"), "says that the task is unfinished"),
        (body(links=FRESH[:2]), "names 2 links by now, not 3"),
        (body(links=THREE), "names the same link"),
        (b"rubbish", "cannot be read"),
        (body(links=FRESH, id="task-unified-1795000000-another1"), "answers with another task"),
    ],
)
def test_without_a_fresh_link_the_image_is_tried_again_as_long_as_its_link_may_live(
    shop_of: ShopOf, answer: Answer, why: str
) -> None:
    shop = shop_of(answer, dead=(THREE[1],))
    shop.do(work(sources=THREE))

    [due] = shop.dues()
    assert due.trouble is not None
    assert ("source_gone", True) == (due.trouble.partition(":")[0], why in due.trouble)
    assert ([0, 2], []) == ([asset.index for asset in due.kept], shop.keys("dead/"))

    [key] = shop.keys("due/")
    shop.now = NOW + timedelta(seconds=61)
    shop.links.dead.clear()
    shop.due.do(key)
    assert shop.manifest().whole


def test_a_key_that_is_refused_leaves_the_trouble_of_the_link(shop_of: ShopOf) -> None:
    shop = shop_of(ApiTrouble(Reason.API_KEY_REFUSED, "401"), dead=(THREE[1],))
    shop.do(work(sources=THREE))

    assert ["source_gone: the origin answered 404 Not Found; 401"] == [due.trouble for due in shop.dues()]


def test_a_task_that_the_provider_does_not_know_any_more_is_given_up_once_its_word_is_believed(
    shop_of: ShopOf,
) -> None:
    shop = shop_of(None, dead=(THREE[1],))
    shop.do(work(sources=THREE))
    _go_on(shop, timedelta(minutes=9, seconds=50))
    assert [] == shop.keys("dead/")

    _go_on(shop, timedelta(minutes=11))
    [asset] = shop.manifest().lost
    assert (Reason.SOURCE_GONE, True) == (asset.reason, "does not know the task" in asset.detail)
    assert [] == shop.keys("due/")


def test_a_link_that_is_dead_to_its_end_is_given_up_then_and_not_before(shop_of: ShopOf) -> None:
    shop = shop_of(body(links=THREE), dead=(THREE[1],))
    dies_at = NOW + timedelta(hours=24)
    shop.do(work(sources=THREE, expires_at=dies_at))
    runs = 0
    while due := shop.keys("due/"):
        assert [] == shop.keys("dead/")
        shop.now = layout.read_due_key(due[0]).when + timedelta(seconds=1)
        shop.due.do(due[0])
        runs += 1

    [asset] = shop.manifest().lost
    assert (Reason.LINK_EXPIRED, True) == (asset.reason, "404" in asset.detail)
    assert shop.now >= dies_at
    assert 20 < runs < 60


def _go_on(shop: AskingShop, after: timedelta) -> None:
    """The next run of what is due, so long after the callback."""
    [key] = shop.keys("due/")
    shop.now = NOW + after
    shop.due.do(key)


def test_a_fresh_link_that_is_dead_too_is_not_asked_for_again_in_this_run(shop_of: ShopOf) -> None:
    shop = shop_of(body(links=FRESH), dead=(THREE[1], FRESH[1]))
    shop.do(work(sources=THREE))

    assert 1 == len(shop.dues())
    assert [TASK] == shop.asker.asked


def test_an_api_that_is_away_puts_the_image_off_and_both_troubles_are_told(shop_of: ShopOf) -> None:
    shop = shop_of(GONE, body(links=FRESH), dead=(THREE[1],))
    shop.do(work(sources=THREE))
    [key] = shop.keys("due/")
    assert [] == shop.keys("dead/")
    assert ["api_trouble: the origin answered 404 Not Found; 503"] == [due.trouble for due in shop.dues()]

    shop.now = NOW + timedelta(seconds=302)
    shop.due.do(key)
    assert shop.manifest().whole


def _given_up(shop: AskingShop, **more: Any) -> None:
    """Work whose link is dead already: it has its first try, and is given up."""
    shop.do(work(sources=THREE, expires_at=NOW - timedelta(days=1), heard=_OLD, **more))


_OLD = (structs.replace(heard(), received_at=NOW - timedelta(days=2)),)


def _replayed(shop: AskingShop) -> None:
    letter = shop.letter()
    assert letter.work is not None
    replay = Replay(id="replay-1", at=NOW, who="ops@host")
    shop.do(structs.replace(letter.work, origin=replay.id, replay=replay, leased=False), after_s=0)


def test_a_replay_asks_first(shop_of: ShopOf) -> None:
    shop = shop_of(None, body(links=FRESH), dead=(THREE[1],))
    _given_up(shop)
    shop.links.fetched = []
    _replayed(shop)
    shop.rest()

    assert shop.manifest().whole
    assert [FRESH[1]] == shop.links.fetched
    assert [] == shop.keys("dead/") == shop.keys("due/")


@pytest.mark.parametrize("answer", [None, GONE, body("failed")])
def test_a_replay_without_an_answer_tries_the_old_link(shop_of: ShopOf, answer: Answer) -> None:
    shop = shop_of(None, answer, dead=(THREE[1],))
    _given_up(shop)
    shop.links.dead.clear()
    _replayed(shop)

    assert shop.manifest().whole


def test_with_confirm_the_links_of_the_provider_take_the_place_of_those_told(shop_of: ShopOf) -> None:
    shop = shop_of(body(links=FRESH), confirm=True)
    shop.do(work(sources=("https://files.evolink.ai/forged.png",)))

    assert set(FRESH) == set(shop.links.fetched)
    assert 3 == len(shop.manifest().kept)


@pytest.mark.parametrize("answer", [None, body("failed"), body("processing"), b"rubbish"])
def test_what_the_provider_does_not_confirm_is_never_downloaded(shop_of: ShopOf, answer: Answer) -> None:
    shop = shop_of(answer, confirm=True)
    shop.do(work())
    # Right after a callback the provider's own list may be behind it.
    assert ([], 1) == (shop.links.fetched, len(shop.keys("due/")))

    _go_on(shop, timedelta(minutes=11))
    assert [] == shop.links.fetched
    assert [LETTER] == shop.words()
    assert Reason.UNCONFIRMED is shop.letter().reason


@pytest.mark.parametrize("trouble", [GONE, ApiTrouble(Reason.API_KEY_REFUSED, "401")])
def test_while_nobody_can_confirm_nothing_is_downloaded_and_nothing_given_up(
    shop_of: ShopOf, trouble: Answer
) -> None:
    shop = shop_of(trouble, body(links=FRESH), confirm=True)
    shop.do(work())
    [key], [due] = shop.keys("due/"), shop.dues()
    assert ([], False, []) == (shop.links.fetched, due.confirmed, shop.keys("dead/"))

    shop.now = NOW + timedelta(seconds=3601)
    shop.due.do(key)
    assert set(FRESH) == set(shop.links.fetched)


def test_a_replay_must_be_confirmed_too(shop_of: ShopOf) -> None:
    shop = shop_of(None, confirm=True)
    _given_up(shop)
    _replayed(shop)

    assert [] == shop.links.fetched
    assert Reason.UNCONFIRMED is shop.letter().reason


def test_what_the_api_told_itself_needs_no_confirmation(shop_of: ShopOf) -> None:
    shop = shop_of(None, confirm=True)
    shop.do(work(heard=(structs.replace(heard(), via="ask"),)))

    assert shop.manifest().whole
    assert [] == shop.asker.asked


@pytest.mark.parametrize(
    ("rest_s", "dies_s", "due_s"), [(5.0, 86_400, 5), (400.0, 86_400, 400), (500.0, 500, 440)]
)
def test_a_host_that_rests_costs_no_try_and_never_the_last_one(
    shop_of: ShopOf, rest_s: float, dies_s: int, due_s: int
) -> None:
    shop = shop_of(None)
    shop.links.trouble = TryLater(Reason.SOURCE_RESTING, retry_after_s=rest_s)
    shop.do(work(expires_at=NOW + timedelta(seconds=dies_s), heard=()))

    [key], [due] = shop.keys("due/"), shop.dues()
    assert (0, 0) == (due.tries, due.starts)
    assert NOW + timedelta(seconds=due_s) == layout.read_due_key(key).when


def test_a_prompt_does_not_stand_in_work_that_is_put_off(shop_of: ShopOf) -> None:
    shop = shop_of(None)
    _ordered(shop, Order(model="gpt-image-2", prompt="a lighthouse"))
    shop.links.trouble = SourceTrouble(Reason.SOURCE_BUSY)
    shop.do(work(ordered=True))

    [key] = shop.keys("due/")
    assert b"lighthouse" not in shop.bucket.get(key).body
    shop.links.trouble, shop.now = None, NOW + timedelta(hours=1)
    shop.due.do(key)
    order = shop.manifest().order
    assert "a lighthouse" == (order.prompt if order else None)


def _ordered(shop: AskingShop, order: Order) -> None:
    OrderBook(shop.bucket).keep(
        OrderRecord(provider="evolink", task_id=TASK, order=order, told_at=NOW, delivery_id="01X")
    )


def test_what_was_ordered_is_read_where_the_ticket_says_so_and_its_prompt_stands_in_the_manifest_alone(
    shop_of: ShopOf,
) -> None:
    shop = shop_of(None, dead=(THREE[1],))
    order = Order(model="gpt-image-2", size="512x768", prompt="a lighthouse", n=4)
    _ordered(shop, order)
    _given_up(shop, ordered=True)

    assert (order, {"count"}) == (
        shop.manifest().order,
        {finding.kind for finding in shop.manifest().findings},
    )
    assert b"lighthouse" not in shop.bucket.get(LETTER).body
    letter_work = shop.letter().work
    assert letter_work is not None
    assert letter_work.ordered
