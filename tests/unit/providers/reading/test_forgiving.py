"""A body that was wrapped, packed and smudged in any order says the same, and what was forgiven."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from archive.records.delivery import Delivery
from providers.reading.body import read_body
from providers.reading.delivered import told_by

WHOLE = {
    "id": "task-unified-1757156493-imcg5zqt",
    "status": "completed",
    "results": ["https://files.evolink.ai/ä_0.png"],
    "prompt": 'a "quoted" line,\nand NaN',
    "usage": {"credits_used": 1.5},
}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda some: st.lists(some) | st.dictionaries(st.text(), some),
    max_leaves=20,
)


def delivery(body: bytes, content_encoding: str | None = None) -> Delivery:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    return Delivery(id="d", received_at=now, provider="evolink", body=body, content_encoding=content_encoding)


# What is done to a text of JSON, and what is then to be forgiven.
TEXTS: dict[str, Callable[[str], str]] = {
    "array_of_one": lambda text: f"[{text}]",
    "encoded_twice": json.dumps,
    "trailing_bytes": lambda text: f"{text}\0 \0",
    "control_characters": lambda text: text.replace(r"\n", "\n"),
    "nan": lambda text: text.replace('"usage"', '"progress": NaN, "usage"'),
}
# What is done to its bytes.
BYTES: dict[str, Callable[[str], tuple[bytes, str | None]]] = {
    "": lambda text: (text.encode(), None),
    "charset": lambda text: (text.encode("utf-16"), None),
    "content_encoding": lambda text: (gzip.compress(text.encode()), "gzip"),
    "form": lambda text: (b"payload=" + quote(text).encode(), None),
}
PLAIN = told_by(delivery(json.dumps(WHOLE).encode()))


@given(
    st.sampled_from(["", "array_of_one", "encoded_twice"]), st.sampled_from(["", "array_of_one", "encoded_twice"]),
    st.sets(st.sampled_from(["control_characters", "nan", "trailing_bytes"])), st.sampled_from(sorted(BYTES)),
)  # fmt: skip
def test_what_was_done_to_a_body_is_undone_and_told(
    first: str, second: str, smudges: set[str], sent: str
) -> None:
    if sent == "form":  # what stands around the JSON is told of as the form
        smudges = smudges - {"trailing_bytes"}
    text, done = json.dumps(WHOLE, ensure_ascii=False), {first, second, *smudges, sent} - {""}
    for step in (*sorted(smudges - {"trailing_bytes"}), first, second, *(smudges & {"trailing_bytes"})):
        text = TEXTS[step](text) if step else text
    told = told_by(delivery(*BYTES[sent](text)))

    assert PLAIN == replace(told, forgave=())
    assert sorted(done) == sorted(told.forgave)


@pytest.mark.thorough
@given(st.dictionaries(st.text(), ANY_JSON))
def test_what_is_json_is_read_as_it_stands(value: dict[str, object]) -> None:
    assert (value, ()) == read_body(json.dumps(value, ensure_ascii=False).encode())
