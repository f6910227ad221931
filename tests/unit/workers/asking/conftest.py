"""Shops that ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.workers.asking.asking_shop import AskingShop, ShopOf


@pytest.fixture
def shops() -> Iterator[list[AskingShop]]:
    made: list[AskingShop] = []
    yield made
    for shop in made:
        shop.catalogue.close(5)
        shop.executor.shutdown()


@pytest.fixture
def shop_of(shops: list[AskingShop]) -> ShopOf:
    def make(
        *answers: bytes | Exception | None, confirm: bool = False, dead: tuple[str, ...] = ()
    ) -> AskingShop:
        shops.append(AskingShop(*answers, confirm=confirm, dead=dead))
        return shops[-1]

    return make
