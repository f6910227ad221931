"""Two manifests of one task become the better one with the story of both."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from archive.asset import KeptAsset, LostAsset
from archive.dead_letter import DeadLetter
from archive.manifest import Manifest, conflicts, merged, with_story_of
from archive.reasons import Reason
from tests.fakes.words import NOW, TASK, heard, kept, lost, manifest, work

ASSETS = st.lists(st.booleans(), min_size=3, max_size=3).map(
    lambda places: tuple(kept(index) if there else lost(index) for index, there in enumerate(places))
)


def _made(status: Any, assets: tuple[KeptAsset | LostAsset, ...], number: int) -> Manifest:
    return manifest(
        *(assets if status == "completed" else ()),
        status=status,
        notifications=(heard(number, f"origin-{number}"),),
        closed=(f"origin-{number}",),
    )


MANIFESTS = st.builds(_made, st.sampled_from(["completed", "failed", "cancelled"]), ASSETS, st.integers(1, 5))


@given(MANIFESTS, MANIFESTS)
def test_nothing_heard_and_nothing_closed_is_forgotten(old: Manifest, new: Manifest) -> None:
    final = merged(old, new)

    assert {*old.notifications, *new.notifications} == set(final.notifications)
    assert {*old.closed, *new.closed} == set(final.closed)


@given(MANIFESTS, MANIFESTS)
def test_what_either_kept_is_kept(old: Manifest, new: Manifest) -> None:
    final = merged(old, new)

    assert {asset.index for asset in (*old.kept, *new.kept)} == {asset.index for asset in final.kept}


@given(MANIFESTS, MANIFESTS)
def test_completed_beats_failed_and_cancelled(old: Manifest, new: Manifest) -> None:
    assert ("completed" in {old.status, new.status}) == (merged(old, new).status == "completed")


@given(MANIFESTS, MANIFESTS)
def test_merging_the_same_again_changes_nothing(old: Manifest, new: Manifest) -> None:
    once = merged(old, new)

    assert once == merged(once, new) == merged(once, once)


def test_the_first_kept_of_an_index_stays() -> None:
    first, second = manifest(kept(0, "a" * 64)), manifest(kept(0, "b" * 64))

    assert (kept(0, "a" * 64),) == merged(first, second).kept


def test_a_whole_task_conflicts_with_other_images_only() -> None:
    whole = manifest(kept(0))
    other = manifest(kept(0, source="files.evolink.ai/b/0.png"), closed=("origin-b",))

    assert conflicts(whole, other)
    assert not conflicts(whole, structs.replace(whole, closed=("origin-b",)))
    assert not conflicts(manifest(lost(0)), other)
    assert not conflicts(whole, structs.replace(other, closed=("origin-a",)))
    assert not conflicts(whole, structs.replace(other, status="failed", assets=()))


def test_a_manifest_takes_over_the_story_of_a_letter() -> None:
    letter = DeadLetter(
        reason=Reason.SOURCE_GONE,
        at=NOW,
        provider="evolink",
        task_id=TASK,
        label="a",
        notifications=(heard(2, "origin-b"),),
        closed=("origin-b",),
        work=work(),
    )
    final = with_story_of(manifest(kept(0)), letter)

    assert (heard(1), heard(2, "origin-b")) == final.notifications
    assert ("origin-a", "origin-b") == final.closed


def test_a_newer_letter_forgets_what_is_kept_by_now_and_nothing_else() -> None:
    two = work(sources=("https://a/0", "https://a/1"))
    older = DeadLetter(
        reason=Reason.SOURCE_GONE,
        at=NOW,
        provider="evolink",
        task_id=TASK,
        lost=(lost(0), lost(1)),
        notifications=(heard(1),),
        closed=("origin-a",),
        work=two,
    )
    newer = DeadLetter(
        reason=Reason.CUT_OFF,
        at=NOW,
        provider="evolink",
        task_id=TASK,
        lost=(lost(1),),
        notifications=(heard(2),),
        closed=("origin-b",),
        work=two,
    )
    final = newer.merged_into(older)

    assert (lost(1),) == final.lost
    assert (heard(1), heard(2)) == final.notifications
    assert ("origin-a", "origin-b") == final.closed
