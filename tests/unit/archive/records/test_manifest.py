"""Two manifests of one task become the better one with the story of both."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from archive.reasons import Reason
from archive.records.asset import Finding, KeptAsset, LostAsset
from archive.records.dead_letter import DeadLetter
from archive.records.manifest import Manifest, conflicts, merged, with_story_of
from archive.records.order import Order
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

    for again in (merged(once, new), merged(once, once)):
        assert once == structs.replace(again, changed_at=once.changed_at)


@given(MANIFESTS, MANIFESTS)
def test_a_manifest_is_later_than_the_one_that_it_changes(old: Manifest, new: Manifest) -> None:
    assert merged(old, new).changed_at > old.changed_at


def test_other_links_for_a_task_that_was_not_whole_drop_no_image() -> None:
    first = manifest(kept(0, source="a/0"), lost(1, "a/1"))
    other = manifest(kept(0, "b" * 64, "b/0"), kept(1, "c" * 64, "b/1"), closed=("origin-b",))
    final = merged(first, other)

    assert [(0, "a/0"), (1, "a/1"), (2, "b/0"), (3, "b/1")] == [
        (each.index, each.source) for each in final.assets
    ]
    assert final.assets == merged(final, other).assets
    assert not final.whole


def test_two_links_that_differ_in_their_query_alone_are_two_images() -> None:
    both = manifest(kept(0, source="host/image"), kept(1, "b" * 64, "host/image"))

    assert (
        both.assets
        == merged(both, both).assets
        == merged(manifest(lost(0, "host/image"), lost(1, "host/image")), both).assets
    )


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


def _letter(number: int, *assets: LostAsset, sources: tuple[str, ...]) -> DeadLetter:
    return DeadLetter(
        reason=Reason.SOURCE_GONE,
        at=NOW,
        provider="evolink",
        task_id=TASK,
        lost=assets,
        notifications=(heard(number),),
        closed=(f"origin-{number}",),
        work=work(sources=sources),
    )


def test_a_newer_letter_forgets_what_is_kept_by_now_and_nothing_else() -> None:
    two = ("https://a/0?sig=1", "https://a/1?sig=1")
    older = _letter(1, lost(0, "a/0"), lost(1, "a/1"), sources=two)
    newer = _letter(2, lost(1, "a/1"), sources=("https://a/0?sig=2", "https://a/1?sig=2"))
    final = newer.merged_into(older)

    assert (lost(1, "a/1"),) == final.lost
    assert (heard(1), heard(2)) == final.notifications
    assert ("origin-1", "origin-2") == final.closed
    assert [newer.work] == list(final.works)


def test_a_delivery_with_other_links_does_not_displace_the_links_told_before() -> None:
    true = _letter(1, lost(0, "a/0"), sources=("https://a/0",))
    forged = _letter(2, lost(0, "b/0"), sources=("https://b/0",))
    final = forged.merged_into(true)

    assert [true.work, forged.work] == list(final.works)
    assert {lost(0, "a/0"), lost(0, "b/0")} == set(final.lost)
    assert final == forged.merged_into(final)


def test_the_order_that_was_told_judges_the_images_that_both_have() -> None:
    said = structs.replace(
        kept(0), findings=(Finding(kind="dimensions", expected="1024x1536", got="1024x1024"),)
    )
    told = manifest(said, order=Order(size="1024x1536", prompt="a lighthouse"))
    ticket = manifest(kept(0), kept(1), order=Order(size="1:1"))

    for final in (merged(told, ticket), merged(ticket, told)):
        assert (told.order, said, 2) == (final.order, final.kept[0], len(final.kept))
