"""One stack and one browser for a file of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.system.console.browser import signed_in, started
from tests.system.console.shop import Shop
from tests.system.stack import running

# viewer, `correct horse`: made by `fixative user`.
VERA = "vera:viewer:argon2id.v=19.m=65536,t=3,p=4.ZN33AbKCIF3wT6DoZed7+A.75MLgNqYPLmuNxyMNKiMN/7bHPTZIq1+zNCT/yfltJI"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    waits = {
        "RETRY_FIRST_S": "2",
        "SWEEP_IDLE_S": "2",
        "SWEEP_BUSY_S": "1",
        "CONSOLE_USERS": VERA,
        "S3_READ_S": "3",
    }
    with running(
        tmp_path_factory.mktemp("console"), "--link-life-s", "15", environment=waits, console=True
    ) as stack:
        yield Shop(stack)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, shop: Shop) -> Iterator[Page]:
    with signed_in(browser, shop.stack) as page:
        yield page
