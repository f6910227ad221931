"""What may be a label: it becomes a word in logs, pages and metadata."""

from __future__ import annotations

import msgspec
import pytest

from archive.errors import MalformedRecord
from archive.records.order import Claims, Order


@pytest.mark.parametrize("label", ["a", "shop/summer", "A.b_c-d/9", "a" * 64])
def test_a_label_is_taken(label: str) -> None:
    assert label == Claims.from_json(Claims(label=label).to_json()).label


@pytest.mark.parametrize(
    "label", ["", "a\n", "a\nb", "a b", "<b>", "-a", "/a", "a" * 65, "é", "a\x00", "a\u2028", "a\r"]
)
def test_what_is_no_label_is_none_anywhere(label: str) -> None:
    with pytest.raises(MalformedRecord):
        Claims.from_json(msgspec.json.encode({"l": label}))
    with pytest.raises(MalformedRecord):
        Order.from_json(msgspec.json.encode({"label": label}))
