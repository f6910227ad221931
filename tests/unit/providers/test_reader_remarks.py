"""What every reader keeps untouched beside the task: what it cost, seeds, flags of unsafe images."""

from __future__ import annotations

import json
from typing import Any

import pytest

from archive.records.notification import REMARKS_MAX_BYTES, Notification, within_bounds
from providers.provider import Provider
from tests.unit.providers.readers import IMAGE, body_of, every_reader


@every_reader
@pytest.mark.parametrize(
    ("said", "remarks"),
    [
        ({}, None),
        ({"seed": 17454220438242315174}, {"seed": 17454220438242315174}),
        (
            {"result_data": [{"url": IMAGE, "seed": 7}, {"seed": 8}]},
            {"result_data.0.seed": 7, "result_data.1.seed": 8},
        ),
        ({"has_nsfw_concepts": [False, True]}, {"has_nsfw_concepts": [False, True]}),
        ({"response": {"NSFWContent": True}}, {"response.NSFWContent": True}),
        ({"is_nsfw": "maybe", "flagged": False}, {"is_nsfw": "maybe", "flagged": False}),
        ({"input": {"seed": 1}, "param": {"seed": 1}, "seed": None}, None),
        ({"seed": {"a": 1}, "unsafe": []}, None),
        ({"seed": "x" * 5_000}, {"seed": "x" * 255 + "\N{HORIZONTAL ELLIPSIS}"}),
    ],
)
def test_seeds_and_flags_of_unsafe_images_are_kept_as_they_were_told(
    provider: Provider, said: dict[str, Any], remarks: dict[str, Any] | None
) -> None:
    """By the path at which they stood; what echoes the request is not read."""
    told = provider.read(body_of(status="completed", results=[IMAGE], **said)).remarks
    if remarks is None or len(str(remarks)) < 200:
        assert told == remarks
    else:
        assert len(json.dumps(told)) < 400


@every_reader
def test_remarks_have_a_bound(provider: Provider) -> None:
    """However many images a stranger tells of."""
    data = [{"seed": "\u0000" * 100, "nsfw": True} for _ in range(1_000)]
    told = within_bounds(provider.read(body_of(status="completed", results=[IMAGE], result_data=data)))
    assert len(json.dumps(told.remarks).encode()) <= REMARKS_MAX_BYTES


@every_reader
def test_what_a_task_cost_in_each_currency_is_kept(provider: Provider) -> None:
    """As EvoLink tells it beside `credits_used`."""
    usage = {"cost": {"credits": 13.5, "usd": 0.199, "cny": 1.35}, "credits_used": 13.5}
    assert provider.read(body_of(status="completed", results=[IMAGE], usage=usage)).billing == {
        "usage": usage
    }


@every_reader
def test_billing_survives_untouched(provider: Provider) -> None:
    """Numbers beyond 64 bits and words that nobody knows included."""
    usage = {"credits_used": 1.783, "huge": 10**30, "rule": ["per_call", None]}
    notification = provider.read(body_of(status="failed", usage=usage))
    assert Notification.from_json(notification.to_json()).billing == {"usage": usage}
