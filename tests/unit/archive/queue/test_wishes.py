"""A wish is read strictly: its key leads to an image in tasks/, or it is none."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from archive.errors import ForeignBell
from archive.queue import wishes
from archive.queue.wishes import WISH_MAX_BYTES, Wish

KEY = "tasks/2026/11/26/evolink/task-unified-1795000000-a/00.png"
SHA256 = "a" * 64


def test_what_is_written_is_read_again() -> None:
    longest = f"tasks/2026/11/26/{'p' * 32}/{'t' * 128}/1000-abcdef01.webp"

    for wish in (Wish(KEY, SHA256), Wish(longest, SHA256)):
        assert wishes.read(msgspec.json.encode(wish)) == wish


@pytest.mark.parametrize(
    "words",
    [
        ("inbox/2026/11/26/05/batch.ndjson", SHA256),
        ("tasks/2026/11/26/evolink/task-unified-1795000000-a/manifest.json", SHA256),
        ("tasks/2026/11/26/evolink/../../../../../due/00.png", SHA256),
        (f"{KEY}\n", SHA256),
        (f"/{KEY}", SHA256),
        (KEY, SHA256.upper()),
        (KEY, "../" + "a" * 61),
        (KEY, ""),
        (KEY,),
        (KEY, SHA256, "more"),
        (KEY, None),
        {"key": KEY, "sha256": SHA256},
        "",
    ],
)
def test_what_is_no_wish_is_foreign(words: Any) -> None:
    with pytest.raises(ForeignBell):
        wishes.read(msgspec.json.encode(words))


@pytest.mark.parametrize(
    "item", [b"", b"\xff\xfe", b"[" * 10_000, b" " * (WISH_MAX_BYTES + 1), b"\x80\x04K\x01."]
)
def test_what_is_not_even_json_is_foreign_and_not_repeated(item: bytes) -> None:
    with pytest.raises(ForeignBell) as told:
        wishes.read(item)

    assert len(str(told.value)) < 60
