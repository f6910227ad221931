"""A line is the same again when it was packed, and costs lie in the ranges that are told of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.library.index.packing import Look, cost_range, moment_in, pack, range_end, rowid_range, unpack
from archive.records.catalogue import CatalogueLine, read_line
from tests.fakes.catalogue import image_line, line
from tests.fakes.words import NOW

LINES = {
    "of one image": line(),
    "failed": line(status="failed", error="content_policy_violation", model=None),
    "filed under another day": line("task-unified-1795239000-aaaa", key="tasks/2026/11/22/evolink/task-unified-1795239000-aaaa/manifest.json"),
    "without a zone": line(at=NOW.replace(tzinfo=None)),
    "with moments of other zones": line(
        created_at=NOW.astimezone(timezone(timedelta(hours=8))), called_at=NOW.replace(tzinfo=None)
    ),
    "with all else": line(
        label="", billing={"usage": {"credits_used": 10**30, "rule": [None, 1.5]}}, seeds=("7", "x"), unsafe=False,
        reason="source_gone", ordered_n=4, quality="high", ordered_size="16:9", dismissed=True, lost=1,
        findings=("format",), images=(image_line("a", 0, findings=("format",)), image_line("a", 12, name="12-0123abcd.webp")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("told", LINES.values(), ids=LINES)
def test_nothing_of_a_line_is_lost(told: CatalogueLine) -> None:
    assert told == again(told)
    assert told.to_json() == again(told).to_json()


def test_what_a_newer_version_said_is_kept() -> None:
    newer = msgspec.json.decode(line().to_json()) | {"since_2": {"a": 1}}
    told = read_line(msgspec.json.encode(newer))
    assert isinstance(told, CatalogueLine)
    assert again(told).to_json() == told.to_json()
    assert b"since_2" in again(told).to_json()


def again(told: CatalogueLine) -> CatalogueLine:
    packed = pack(told)
    rowid = rowid_range(packed.moment)[0]
    assert packed.moment == moment_in(rowid, packed.fine)
    look = Look.from_text(packed.look.to_text())
    assert packed.look == look
    return unpack(packed.name, packed.moment, packed.fine, look, packed.label, packed.rest)


@given(st.floats(1e-6, 1e6))
def test_a_cost_lies_in_its_range_and_ranges_are_few(cost: float) -> None:
    begins, is_range = cost_range(cost)
    assert begins is not None
    assert begins * (1 - 1e-9) <= cost < range_end(begins)
    assert is_range or begins == cost


@pytest.mark.parametrize("cost", [0.0, 0.04, 2.5, 10.0, 13.0, 990.0])
def test_a_price_of_two_digits_is_told_as_it_is(cost: float) -> None:
    assert (cost, False) == cost_range(cost)


def test_moments_are_told_to_the_microsecond() -> None:
    told: Any = line(at=datetime(2099, 12, 31, 23, 59, 59, 999_999, UTC))
    assert told == again(told)
