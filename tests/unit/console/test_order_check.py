"""What a model cannot make is refused with what it can."""

from __future__ import annotations

import pytest

from archive.records.order import Order
from console.submitting.order_check import refusals, remarks


@pytest.mark.parametrize(
    "order",
    [
        Order(model="gpt-image-1", size="1024x1536"),
        Order(model="gpt-image-1.5-official", size="3:2", quality="high", output_format="webp"),
        Order(model="gpt-image-2", size="21:9", resolution="4K", n=10),
        Order(model="gpt-image-2", size="auto"),
        Order(model="gpt-image-2", size="8000x8000"),
        Order(model="seedream-9", size="123x457", resolution="8K", output_format="avif"),
        Order(model="gpt-image-2.5-flare", size="16:9", resolution="2K", quality="max"),
        Order(model="seedream-9", quality="exquisite"),
        Order(quality="XHigh"),
        Order(size="16:9"),
        Order(size="1024x1536"),
        Order(),
    ],
)
def test_what_can_be_made_is_not_refused(order: Order) -> None:
    assert list(refusals("evolink", order)) == []


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (Order(model="gpt-image-1", size="16:9"), "1:1, 2:3, 3:2"),
        (Order(model="gpt-image-1", size="512x512"), "1024x1024 or 1024x1536"),
        (Order(model="gpt-image-1", resolution="2K"), "takes none"),
        (Order(model="gpt-image-2", size="7:5"), "21:9"),
        (Order(model="gpt-image-2", size="16x16"), "steps of 16"),
        (Order(model="gpt-image-2", resolution="8K"), "1K, 2K, 4K"),
        (Order(model="gpt-image-2", output_format="gif"), "jpeg, png, webp"),
        (Order(model="gpt-image-2.5", size="7:5"), "16:9, 1:1"),
        (Order(model="gpt-image-2", quality="max"), "low, medium, high, auto"),
        (Order(model="gpt-image-2.5", quality="hd"), "xhigh, max"),
        (Order(quality="hd"), "low, medium, high, auto, xhigh, max"),
        (Order(size="big"), "neither pixels (1024x1536), a ratio of 16:9, 1:1,"),
        (Order(model="seedream-9", size="big"), "neither pixels"),
        (Order(size="7:5"), "21:9, 2:1, 2:3"),
        (Order(size="16x16"), "1024x1024 or 1024x1536"),
        (Order(resolution="8K"), "1K, 2K, 4K"),
        (Order(output_format="gif"), "jpeg, png, webp"),
        (Order(n=11), "1 to 10"),
    ],
)
def test_what_cannot_be_made_is_refused_with_what_can(order: Order, said: str) -> None:
    (refused,) = refusals("evolink", order)
    assert said in refused


def test_api_in_one_makes_one_image_a_task() -> None:
    (refused,) = refusals("apiinone", Order(model="gpt-image-1.5", n=2))
    assert "one image a task" in refused


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (Order(model="seedream-9"), "no model known here"),
        (Order(model="gpt-image-2", size="8000x8000"), "2880x2880"),
        (Order(model="gpt-image-2", size="1024x1024", resolution="2K"), "holds for ratios"),
    ],
)
def test_what_is_worth_knowing_is_remarked(order: Order, said: str) -> None:
    (remark,) = remarks(order)
    assert said in remark
