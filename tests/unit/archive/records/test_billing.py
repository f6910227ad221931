"""What a task cost, by what its provider told."""

from __future__ import annotations

from typing import Any

import pytest

from archive.records.billing import cost_in


@pytest.mark.parametrize(
    ("billing", "cost"),
    [
        ({"usage": {"billing_rule": "per_call", "credits_used": 1.783, "image_input_tokens": 12}}, 1.783),
        ({"usage": {"cost": {"credits": 13.5, "usd": 0.199}, "credits_used": 13.5}}, 13.5),
        ({"billing": {"reserved_credits": 9, "charged_credits": 4, "refunded_credits": 0}}, 4.0),
        ({"consumed_credits": 12}, 12.0),
        ({"consumed_credits": "12"}, 12.0),
        ({"usage": {"credits_reserved": 2.5}}, None),
        ({"credits": True}, None),
        ({"credits": "many"}, None),
        ({"credits": -1}, None),
        ({"credits": "nan"}, None),
        ({"credits": 10**400}, None),
        ({"credits": 0}, 0.0),
        ({}, None),
        (None, None),
    ],
)
def test_the_cost_is_what_was_used_or_charged_as_it_was_told(
    billing: dict[str, Any] | None, cost: float | None
) -> None:
    assert cost == cost_in(billing)
