"""When a provider is asked for a fresh link: not only where the told one is plainly dead."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archive.errors import ApiTrouble, SourceTrouble
from archive.reasons import Reason
from archive.records.damage import Damage, DamagedForNow
from tests.fakes.words import NOW, TASK, body, work
from tests.unit.workers.asking.asking_shop import AskingShop, ShopOf
from tests.unit.workers.shop import THREE

FRESH = tuple(f"https://files.evolink.ai/fresh/{index}.png" for index in range(3))
AWAY = ApiTrouble(Reason.API_TROUBLE, "503", retry_after_s=300.0)


def _go_on(shop: AskingShop, after_s: float) -> None:
    """The next run of what is due, so long after the callback."""
    [key] = shop.keys("due/")
    shop.now = NOW + timedelta(seconds=after_s)
    shop.due.do(key)


@pytest.mark.parametrize(
    "reason",
    [
        Reason.SOURCE_TROUBLE,
        Reason.SOURCE_UNREACHABLE,
        Reason.SOURCE_BUSY,
        Reason.SOURCE_SLOW,
        Reason.CUT_OFF,
    ],
)
def test_a_link_that_gives_only_trouble_is_asked_for_from_its_second_run_on(
    shop_of: ShopOf, reason: Reason
) -> None:
    """Its host may be gone for good, and the provider have another: in the first run that would be a question for each hiccup."""
    shop = shop_of(body(links=FRESH), dead=(THREE[1],))
    shop.links.of_dead = SourceTrouble(reason, "busy")
    shop.do(work(sources=THREE))
    assert ([], 1) == (shop.asker.asked, len(shop.dues()))

    _go_on(shop, 61)
    assert ([TASK], True) == (shop.asker.asked, shop.manifest().whole)


def test_of_damaged_bytes_others_are_asked_for_and_what_came_is_remembered_while_nobody_answers(
    shop_of: ShopOf,
) -> None:
    shop = shop_of(AWAY, body(links=FRESH), dead=(THREE[1],))
    damage = Damage(index=1, sha256="0" * 64, reason=Reason.UNDECODABLE, first_at=NOW, detail="cut")
    shop.links.of_dead = DamagedForNow(damage)
    shop.do(work(sources=THREE))
    assert [(damage,)] == [due.damages for due in shop.dues()]

    _go_on(shop, 360)
    assert shop.manifest().whole
