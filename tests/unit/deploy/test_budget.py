"""The budget of infra/deploy/aws: each amount times its price is what stands there, and so is their sum."""

from __future__ import annotations

import re

from tests.unit.deploy.named import DEPLOY
from tests.unit.docs.documents import rows_under

ROWS = rows_under(DEPLOY / "aws" / "README.md", "What a month costs")
PARTS, TOGETHER = ROWS[:-1], ROWS[-1]
COLUMNS = (3, 4, 5)


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def test_each_amount_times_its_price_is_what_it_comes_to() -> None:
    assert len(PARTS) > 10
    for row in PARTS:
        for column in COLUMNS:
            amount, dollars = map(_number, row[column].split(" = "))
            # An amount that is shown without its cents is off by half of its last digit.
            off = 0.51 if re.fullmatch(r"[\d,]+", row[column].split(" = ")[0]) else 0.051
            assert abs(amount * _number(row[1]) - dollars) <= off * _number(row[1]) + 0.006, row


def test_the_sums_are_right() -> None:
    for column in COLUMNS:
        dollars = sum(_number(row[column].split(" = ")[1]) for row in PARTS)
        assert abs(dollars - _number(TOGETHER[column])) < 0.01
