"""A task is told of with more sets of links than it has room for, and two runs of one set end differently."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs

from archive import layout
from archive.reasons import Reason
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Replay
from archive.records.history import History
from archive.records.manifest import Manifest
from archive.records.room import SETS_MOST
from archive.records.work import Work
from tests.fakes.words import DAY, NOW, TASK, heard, kept, lost, manifest, work
from tests.unit.workers.shop import LETTER, MANIFEST, Shop
from workers.account import Account
from workers.apart import apart_of

NAME = "b"
SOURCE = f"files.evolink.ai/{NAME}/0.png"


def _set(name: str, number: int) -> Work:
    """Work on one image of its own, told of by one delivery."""
    origin = f"origin-{name}"
    source = f"https://files.evolink.ai/{name}/0.png"
    return work(sources=(source,), origin=origin, heard=(heard(number, origin),))


OURS = _set(NAME, 2)
APART = layout.dead_delivery_key(DAY, "evolink", heard(2).delivery_id)


def _fill(shop: Shop) -> None:
    """Lose every image of as many sets as have room in the task's letter."""
    for number in range(SETS_MOST):
        name = f"full-{number}"
        shop.fetcher.verdicts[0] = lost(0, f"files.evolink.ai/{name}/0.png")
        shop.do(_set(name, 100 + number), after_s=-10)
    shop.fetcher.verdicts = {}
    assert SETS_MOST == len(shop.letter().works)


def _partial() -> Manifest:
    """What a twin of the run has written: the image is kept, and another set's is not."""
    return manifest(
        kept(0, source=SOURCE),
        lost(1, "files.evolink.ai/full-0/0.png"),
        notifications=(*OURS.heard, heard(100, "origin-full-0")),
        closed=(OURS.origin, "origin-full-0"),
    )


def _once(shop: Shop, of: str, then: Callable[[], object]) -> None:
    """Something happens right before the first call of a method of the shop's `keep`."""
    real, waiting = getattr(shop.keep, of), [then]

    def watched(*words: Any, **more: Any) -> Any:
        if waiting:
            waiting.pop()()
        return real(*words, **more)

    setattr(shop.keep, of, watched)


def _places(shop: Shop) -> list[str]:
    """Where our delivery is named."""
    words: dict[str, History[Any]] = {
        key: DeadLetter.from_json(shop.bucket.get(key).body).history
        for key in shop.keys("dead/")
        if key.endswith(".json")
    }
    if MANIFEST in shop.bucket.objects:
        words[MANIFEST] = shop.manifest().history
    return [key for key, history in words.items() if history.tells_of(heard(2).delivery_id)]


def test_a_set_without_room_has_a_letter_of_its_own_and_moves_no_other_out(shop: Shop) -> None:
    _fill(shop)
    before = shop.bucket.get(LETTER).body
    shop.fetcher.verdicts[0] = lost(0, SOURCE)
    shop.do(OURS, after_s=-10)

    assert [APART] == _places(shop)
    assert (Reason.TOO_MANY_SOURCES, before) == (
        DeadLetter.from_json(shop.bucket.get(APART).body).reason,
        shop.bucket.get(LETTER).body,
    )


def test_a_set_without_room_that_a_manifest_tells_of_by_then_needs_no_letter(shop: Shop) -> None:
    """A twin has kept the image between this run's look at the task's letter and its own letter."""
    _fill(shop)
    shop.fetcher.verdicts[0] = lost(0, SOURCE)
    told = _partial().to_pretty_json()
    _once(shop, "bury_delivery", lambda: shop.bucket.put(MANIFEST, told))
    shop.do(OURS, after_s=-10)

    assert [MANIFEST] == _places(shop)


def test_a_set_without_room_is_looked_at_again_when_the_first_lease_ends(shop: Shop) -> None:
    """A twin under that lease keeps the image when this run has come to its end."""
    _fill(shop)
    shop.now = NOW
    shop.fetcher.verdicts[0] = lost(0, SOURCE)
    shop.do(OURS)
    assert [APART] == _places(shop)
    shop.bucket.put(MANIFEST, _partial().to_pretty_json())
    shop.rest()

    assert ([MANIFEST], []) == (_places(shop), shop.keys("due/"))


def test_a_claimed_run_takes_over_the_letter_that_an_earlier_run_of_it_left(shop: Shop) -> None:
    """That run found no room, wrote the letter, and was killed before its second look at the manifest."""
    _fill(shop)
    shop.keep.bury_apart(apart_of(Reason.TOO_MANY_SOURCES, OURS, [lost(0, SOURCE)]), Account())
    shop.do(OURS, after_s=-10)

    assert [MANIFEST] == _places(shop)
    assert SOURCE in [asset.source for asset in shop.manifest().kept]


def test_the_task_s_letter_does_not_tell_of_what_gets_a_letter_of_its_own_while_it_is_written(
    shop: Shop,
) -> None:
    """Another run of the set finds no room in the manifest; this one has lost the image and found room in the letter."""
    shop.bucket.put(MANIFEST, manifest(kept(0), lost(1), closed=("origin-a", "origin-c")).to_pretty_json())
    shop.fetcher.verdicts[0] = lost(0, SOURCE)
    apart = apart_of(Reason.TOO_MANY_SOURCES, OURS, [lost(0, SOURCE)])
    [letter] = apart.letters()
    _once(shop, "bury", lambda: shop.keep.bury_delivery(letter, Account()))
    shop.do(_told_twice(), after_s=-10)

    assert [APART] == _places(shop)
    assert [heard(3).delivery_id] == [told.delivery_id for told in shop.letter().notifications]
    # The set stays, and can be replayed from there.
    assert [OURS.sources] == [each.sources for each in shop.letter().works]


def test_a_letter_of_its_own_leaves_nothing_of_it_in_the_task_s(shop: Shop) -> None:
    """An earlier run lost the image and stands in the task's letter; by now the manifest has no room for it."""
    full = tuple(f"origin-{number}" for number in range(SETS_MOST))
    shop.bucket.put(MANIFEST, manifest(kept(0), lost(1), closed=full).to_pretty_json())
    shop.fetcher.verdicts[0] = lost(0, SOURCE)
    shop.do(_told_twice(), after_s=-10)
    assert [LETTER] == _places(shop)
    shop.fetcher.verdicts = {}
    shop.do(OURS, after_s=-10)

    assert [APART] == _places(shop)
    assert [heard(3).delivery_id] == [told.delivery_id for told in shop.letter().notifications]


@pytest.mark.parametrize("request_number", range(14))
def test_of_two_sets_that_are_replayed_together_one_may_end_while_the_other_is_lost_again(
    shop: Shop, request_number: int
) -> None:
    """The first makes the task whole and takes its letter over, before any request of the other's run."""
    shop.fetcher.verdicts[0] = lost(0)
    shop.do(work(), after_s=-10)
    shop.keep.bury_apart(apart_of(Reason.TOO_MANY_SOURCES, OURS, [lost(0, SOURCE)]), Account())
    told = Replay(id="replay-1", at=NOW, who="ops@host")
    ours, first = (
        structs.replace(each, origin=told.id, replay=told, leased=False) for each in (OURS, work())
    )
    key = shop.put(ours, after_s=-10)
    shop.fetcher.verdicts = {0: lost(0, SOURCE)}

    def end_the_other() -> None:
        shop.fetcher.verdicts = {}
        shop.do(first, after_s=-20)
        shop.fetcher.verdicts = {0: lost(0, SOURCE)}

    made = _before_request(shop, request_number, end_the_other)
    shop.due.do(key)
    if len(made) <= request_number:
        end_the_other()

    assert [APART] == _places(shop)
    assert ([], True) == (shop.keys("due/"), shop.manifest().whole)
    assert [told] == list(DeadLetter.from_json(shop.bucket.get(APART).body).replays)


def _before_request(shop: Shop, number: int, then: Callable[[], object]) -> list[str]:
    """Something happens before the request of this number, from 0 on; the requests that are made until then."""
    made: list[str] = []
    within: list[str] = []  # a request of the bucket's that is part of another

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*words: Any, **more: Any) -> Any:
            if not within and len(made) <= number:
                made.append(name)
                if len(made) == number + 1:
                    then()
            within.append(name)
            try:
                return real(*words, **more)
            finally:
                within.pop()

        return asked

    for name in ("get", "put_new", "put_over", "delete"):
        setattr(shop.bucket, name, counted(name, getattr(shop.bucket, name)))
    return made


def _told_twice() -> Work:
    return structs.replace(OURS, heard=(*OURS.heard, heard(3, OURS.origin)), task_id=TASK)
