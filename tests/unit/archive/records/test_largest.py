"""Sizes that no manifest, no dead letter and no due entry passes: added up from the bounds, and tried with the worst."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Literal

import pytest
from hypothesis import strategies as st
from msgspec import structs

from archive.reasons import Reason
from archive.records.asset import Finding, FindingKind, KeptAsset, LostAsset
from archive.records.bounds import bounded
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Replay
from archive.records.history import DIGESTS_MOST, NAMED_MOST, Counted, digest, history_of
from archive.records.manifest import Manifest, merged
from archive.records.notification import SOURCE_MAX_BYTES, SOURCES_MOST, TaskError, without_query
from archive.records.order import Order
from archive.records.room import (
    IMAGES_MOST,
    LETTER_IMAGES_MOST,
    LETTER_MAX_BYTES,
    LETTER_SETS_MOST,
    MANIFEST_MAX_BYTES,
    ORIGINS_MOST,
    WORK_MAX_BYTES,
)
from archive.records.work import Heard, Work
from tests.fakes.words import DAY, NOW, kept, lost
from tests.unit.archive.records.most_bytes import most_bytes

IMPERSONAL = ("Order.prompt", "Order.references", "Order.mask")
AFRESH = (*IMPERSONAL, "Work.kept", "Work.lost", "DeadLetter.delivery", "Work.sources")
# Strangers' words at their worst: each character takes six bytes as JSON, or four.
HUGE = ("y" * 1_000_000, "\x01" * 300_000, "\U0001f600" * 200_000, '"\\' * 300_000, "é" * 500_000)
REPEATED = st.builds(lambda text, times: text * times, st.text(min_size=1, max_size=3), st.integers(1, 9_000))
BILLING: dict[str, object] = {str(place): [[[1, 1, 1]]] for place in range(500)}
DEEP = {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}


def test_the_bounds_of_a_manifest_add_up_to_less_than_its_size() -> None:
    assert most_bytes(Manifest) <= MANIFEST_MAX_BYTES


def test_the_bounds_of_a_dead_letter_add_up_to_less_than_its_size() -> None:
    # Its sets of links have room for so many images in all.
    sources = LETTER_IMAGES_MOST * (SOURCE_MAX_BYTES + 20)
    assert most_bytes(DeadLetter, AFRESH) + sources <= LETTER_MAX_BYTES


def test_the_bounds_of_a_due_entry_add_up_to_less_than_its_size() -> None:
    assert most_bytes(Work, IMPERSONAL) <= WORK_MAX_BYTES


def _worst_heard(number: int, text: str, origin: str = "a" * 64) -> Heard:
    return Heard(
        delivery_id=f"{number:0>200}",
        received_at=NOW,
        status="cancelled",
        origin=origin,
        model=text,
        created_at=NOW,
        error=TaskError(code=text, message=text),
        billing=BILLING,
    )


def _worst_asset(place: int, text: str, what: Literal["kept", "lost"]) -> KeptAsset | LostAsset:
    source = "files.evolink.ai/" + f"{place:0>{SOURCE_MAX_BYTES - 17}}"
    if what == "lost":
        return structs.replace(lost(place, source), detail=text, refused_key="k" * 512)
    kinds: tuple[FindingKind, ...] = FindingKind.__args__  # type: ignore[attr-defined]
    return structs.replace(
        kept(place, source=source),
        key="k" * 512,
        findings=tuple(Finding(kind=kind, expected=text, got=text) for kind in kinds),
    )


@pytest.mark.parametrize("text", HUGE, ids=lambda text: repr(text[:2]))
def test_the_worst_that_strangers_can_say_makes_no_larger_manifest(text: str) -> None:
    assert len(_worst_manifest(text).to_pretty_json()) <= MANIFEST_MAX_BYTES


def _worst_manifest(text: str) -> Manifest:
    replays = history_of(
        Replay(id=f"replay-{number:0>57}", at=NOW, who=text, why=text) for number in range(100)
    )
    manifest = Manifest(
        provider="p" * 32,
        task_id="t" * 128,
        status="completed",
        changed_at=NOW,
        model=text,
        label="l" * 64,
        created_at=NOW,
        error=TaskError(code=text, message=text),
        order=Order(model="m" * 64, prompt=text, references=(text,) * 32, mask=text),
        assets=tuple(_worst_asset(place, text, "kept") for place in range(IMAGES_MOST)),
        billing={"a": [[[[1] * 900]]]},
        closed=tuple(f"{number:0>64}" for number in range(ORIGINS_MOST)),
        replays=replays.named,
        counted_replays=replays.counted,
        starts=2**53,
    )
    for number in range(4):
        told = history_of(_worst_heard(20 * number + each, text) for each in range(20))
        manifest = bounded(
            merged(manifest, structs.replace(manifest, notifications=told.named, counted=told.counted))
        )
    assert 80 == manifest.history.total
    assert NAMED_MOST == len(manifest.notifications)
    return structs.replace(manifest, counted=Counted(count=10**6, digests=digest("x") * DIGESTS_MOST))


@pytest.mark.parametrize("text", HUGE, ids=lambda text: repr(text[:2]))
def test_the_worst_that_strangers_can_say_makes_no_larger_letter_and_no_larger_entry(text: str) -> None:
    counted = Counted(count=10**6, digests=digest("x") * DIGESTS_MOST)
    told = tuple(_worst_heard(number, text) for number in range(NAMED_MOST))
    images = LETTER_IMAGES_MOST // LETTER_SETS_MOST

    def work(place: int, count: int) -> Work:
        return Work(
            provider="p" * 32,
            task_id="t" * 128,
            day=DAY,
            origin="a" * 64,
            sources=tuple(f"{place}{each:0>{SOURCE_MAX_BYTES - 1}}" for each in range(count)),
            expires_at=NOW + timedelta(days=1),
            heard=told,
            counted=counted,
            trouble=text,
            lost=tuple(
                asset
                for each in range(count)
                if isinstance(asset := _worst_asset(each, text, "lost"), LostAsset)
            ),
        )

    entry = bounded(work(0, SOURCES_MOST))
    works = [bounded(work(place, images).afresh) for place in range(LETTER_SETS_MOST)]
    letter = bounded(
        DeadLetter(
            reason=Reason.SOURCE_GONE,
            at=NOW,
            provider="p" * 32,
            detail=text,
            task_id="t" * 128,
            model=text,
            lost=tuple(
                asset
                for each in range(LETTER_IMAGES_MOST)
                if isinstance(asset := _worst_asset(each, text, "lost"), LostAsset)
            ),
            notifications=told,
            counted=counted,
            work=works[0],
            others=tuple(works[1:]),
        )
    )
    assert len(entry.to_json()) <= WORK_MAX_BYTES
    assert len(letter.to_pretty_json()) <= LETTER_MAX_BYTES


def test_what_an_older_version_wrote_without_bounds_shrinks_when_it_is_merged() -> None:
    grown = Manifest.from_json(
        json.dumps(
            json.loads(_worst_manifest("y").to_json())
            | {
                "counted": None,
                "notifications": [
                    json.loads(_worst_heard(number, "y" * 100_000).to_json()) for number in range(60)
                ],
            }
        ).encode()
    )
    assert len(grown.to_pretty_json()) > 10 * MANIFEST_MAX_BYTES
    final = bounded(merged(grown, structs.replace(grown, notifications=(), counted=None)))
    assert 60 == final.history.total
    assert len(final.to_pretty_json()) <= MANIFEST_MAX_BYTES


def test_what_is_within_its_bounds_is_the_very_same() -> None:
    manifest = structs.replace(_worst_manifest("y"), order=None)
    assert manifest is bounded(manifest)
    assert without_query("https://a/b?c") == "a/b"
