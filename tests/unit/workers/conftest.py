"""What tests of the archive run share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.workers.shop import Shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.catalogue.close(5)
    shop.executor.shutdown()
