"""The table of balancers: what it says of IDLE_S is longer than what each of them keeps."""

from __future__ import annotations

import re

import pytest

from runtime.settings.door import DoorSettings
from tests.unit.docs.documents import DOCS, rows_under

ROWS = rows_under(DOCS / "operations.md", "How long connections are kept")
DEFAULT_S = DoorSettings.read({}).idle_s
# A request, and the news of a closed connection, need no longer.
MARGIN_S = 5


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_connection_is_kept_longer_than_its_balancer_keeps_it(row: list[str]) -> None:
    _, keeps, setting, source = row
    kept_s = int(re.match(r"[\d,]+(?= s)", keeps)[0].replace(",", ""))  # type: ignore[index] # every row begins so
    idle_s = int(setting.strip("`"))

    assert kept_s + MARGIN_S < idle_s
    assert idle_s == DEFAULT_S or kept_s + MARGIN_S >= DEFAULT_S
    assert re.fullmatch(r"\[\w+\]\(https://\S+\)", source)


def test_the_default_is_longer_than_most_balancers_keep() -> None:
    assert len(ROWS) >= 8
    assert sum(row[2] == f"`{DEFAULT_S:g}`" for row in ROWS) > len(ROWS) / 2
