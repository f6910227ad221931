"""Two endings of one task see each other, whichever comes second, and whoever is killed in between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from msgspec import structs

from archive import layout
from archive.errors import SourceTrouble
from archive.reasons import Reason
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Replay
from archive.records.manifest import Manifest
from archive.records.work import LOOKED_AT_AGAIN, Work
from tests.fakes.words import DAY, NOW, TASK, heard, kept, lost, manifest, work
from tests.unit.workers.shop import LETTER, MANIFEST, THREE, Shop
from workers.account import Account
from workers.apart import apart_of

B = ("https://files.evolink.ai/b/0.png", "https://files.evolink.ai/b/1.png")


def _other(number: int = 2, sources: tuple[str, ...] = B[:1]) -> Work:
    """Work on other images of the same task."""
    return work(sources=sources, origin="origin-b", heard=(heard(number, "origin-b"),))


def _replayed(letter: DeadLetter, number: int = 1) -> Work:
    assert letter.work is not None
    told = Replay(id=f"replay-{number}", at=NOW, who="ops@host", why="host was down")
    return structs.replace(letter.work, origin=told.id, replay=told, leased=False)


def _conflict(shop: Shop, number: int = 2) -> DeadLetter:
    return DeadLetter.from_json(shop.bucket.get(_conflict_key(number)).body)


def _conflict_key(number: int = 2) -> str:
    return layout.dead_delivery_key(DAY, "evolink", heard(number).delivery_id)


def test_what_is_given_up_under_the_first_lease_is_looked_at_once_more_when_that_ends(shop: Shop) -> None:
    """A twin, by a doubled bell, keeps the image after that and is killed right after its manifest."""
    shop.fetcher.verdicts[0] = lost(0)
    shop.do(work())
    [due] = shop.dues()
    assert (LOOKED_AT_AGAIN, False) == (due.trouble, due.leased)
    [key] = shop.keys("due/")
    assert NOW + timedelta(seconds=240) < layout.read_due_key(key).when

    shop.bucket.put(MANIFEST, manifest(kept(0)).to_pretty_json())
    shop.rest()

    assert ([], []) == (shop.keys("dead/"), shop.keys("due/"))
    assert [1] == [line.kept for line in shop.lines()]


def test_the_second_look_fetches_nothing_and_changes_no_word(shop: Shop) -> None:
    shop.fetcher.verdicts[1] = lost(1, "files.evolink.ai/a/1.png")
    shop.do(work(sources=THREE))
    words = shop.bucket.get(MANIFEST).body, shop.bucket.get(LETTER).body
    shop.fetcher.fetched = []
    shop.rest()

    assert ([], []) == (shop.fetcher.fetched, shop.keys("due/"))
    assert words == (shop.bucket.get(MANIFEST).body, shop.bucket.get(LETTER).body)


def test_a_claimed_run_that_gives_up_before_the_first_lease_has_ended_leaves_a_look_behind(
    shop: Shop,
) -> None:
    """It claimed when little of that lease was left; the first run may still be at it."""
    shop.fetcher.verdicts[0] = lost(0)
    shop.do(work(), after_s=100)
    [key] = shop.keys("due/")

    assert timedelta() < layout.read_due_key(key).when - NOW - timedelta(seconds=100) < timedelta(seconds=2)
    assert 1 == shop.dues()[0].starts


def test_a_run_that_was_put_off_and_gives_up_before_the_first_lease_has_ended_leaves_a_look_behind(
    shop: Shop,
) -> None:
    """However often it was begun and put off: a twin of the first run may still be at it."""
    shop.fetcher.verdicts = {0: lost(0), 1: SourceTrouble(Reason.SOURCE_BUSY, "429")}
    shop.do(work(sources=THREE[:2]))
    [key] = shop.keys("due/")
    shop.now = layout.read_due_key(key).when
    shop.due.do(key)
    del shop.fetcher.verdicts[1]
    [key] = shop.keys("due/")
    shop.now = layout.read_due_key(key).when
    shop.due.do(key)

    assert [LOOKED_AT_AGAIN] == [due.trouble for due in shop.dues()]
    [key] = shop.keys("due/")
    assert NOW + timedelta(seconds=240) < layout.read_due_key(key).when < NOW + timedelta(seconds=242)


def test_what_is_given_up_after_the_first_lease_is_not_looked_at_again(shop: Shop) -> None:
    shop.fetcher.verdicts[0] = lost(0)
    shop.do(work(), after_s=-10)

    assert [] == shop.keys("due/")


def test_a_run_past_its_lease_ends_the_work_under_a_claim_of_its_own(shop: Shop) -> None:
    """Whoever claims the old entry meanwhile removes it, and must not leave this run without one."""
    key = shop.put(work())
    seen: list[list[str]] = []

    def sleep() -> None:
        shop.now = NOW + timedelta(hours=1)

    shop.fetcher.meanwhile = sleep
    commit = shop.keep.commit

    def watched(*words: Any, **more: Any) -> Any:
        seen.append(shop.keys("due/"))
        return commit(*words, **more)

    shop.keep.commit = watched  # type: ignore[method-assign] # only watched
    shop.due.do(key)

    [[held]] = seen
    assert held != key
    assert layout.read_due_key(held).when > shop.now
    assert (True, []) == (shop.manifest().whole, shop.keys("due/"))


def test_a_conflict_takes_over_the_letter_that_an_earlier_run_of_it_left(shop: Shop) -> None:
    """That run gave up, wrote the letter, and was killed before its second look at the whole manifest."""
    shop.do(work())
    shop.fetcher.verdicts[0] = lost(0, "files.evolink.ai/b/0.png")
    alone = Shop()
    alone.fetcher.verdicts = shop.fetcher.verdicts
    alone.do(_other())
    shop.bucket.put(LETTER, alone.bucket.get(LETTER).body)
    alone.catalogue.close(5)
    shop.fetcher.verdicts = {}
    shop.do(_other(), after_s=-10)

    assert [_conflict_key()] == shop.keys("dead/")
    assert (heard(1),) == shop.manifest().notifications
    assert [] == shop.keys("due/")


def test_a_run_claims_before_it_writes_the_letter_of_a_conflict(shop: Shop) -> None:
    """As before every letter: a twin under the same lease must not remove the entry that is to outlive it."""
    shop.do(work())
    key = shop.put(_other())
    seen: list[str] = []
    bury = shop.keep.bury_delivery

    def watched(letter: DeadLetter, account: Account) -> tuple[str, DeadLetter]:
        seen.extend(shop.keys("due/"))
        return bury(letter, account)

    shop.keep.bury_delivery = watched  # type: ignore[method-assign] # only watched
    shop.due.do(key)

    assert (1, False) == (len(seen), key in seen)
    assert ([_conflict_key()], []) == (shop.keys("dead/"), shop.keys("due/"))


def test_a_letter_is_taken_over_by_the_manifest_as_it_is_by_then(shop: Shop) -> None:
    """A person's replay has brought in other images between the look at the manifest and the letter's story."""
    shop.do(work())
    told = Replay(id="replay-1", at=NOW, who="ops@host")
    both = structs.replace(
        shop.manifest(),
        assets=(*shop.manifest().assets, kept(1, "b" * 64, "files.evolink.ai/b/0.png")),
        notifications=(heard(1), heard(2, "origin-b")),
        closed=("origin-a", "origin-b", "replay-1"),
        replays=(told,),
    )
    look = shop.keep.manifest

    def before_the_replay(*task: Any) -> Manifest | None:
        seen = look(*task)
        shop.bucket.put(MANIFEST, both.to_pretty_json())
        return seen

    shop.keep.manifest = before_the_replay  # type: ignore[method-assign,assignment] # only held up
    shop.keep.bury(
        DAY,
        DeadLetter(reason=Reason.NEVER_HEARD_OF, at=NOW, provider="evolink", task_id=TASK, closed=("ask",)),
        Account(),
    )

    assert both.assets == shop.manifest().assets
    assert ("ask", *both.closed) == shop.manifest().closed
    assert [] == shop.keys("dead/")


def test_the_letter_of_a_conflict_goes_when_the_manifest_names_the_delivery_by_then(shop: Shop) -> None:
    """A person's replay of it has ended between this run's look at the manifest and its letter."""
    shop.do(work())
    shop.do(_other())
    replay = _replayed(_conflict(shop))
    bury, others = shop.keep.bury_delivery, [True]

    def after_the_replay(letter: DeadLetter, account: Account) -> tuple[str, DeadLetter]:
        if others:
            others.clear()
            shop.do(replay, after_s=0)
        return bury(letter, account)

    shop.keep.bury_delivery = after_the_replay  # type: ignore[method-assign] # only held up
    shop.do(_other(), after_s=-10)

    assert [] == shop.keys("dead/") == shop.keys("due/")
    assert (heard(1), heard(2, "origin-b")) == shop.manifest().notifications


def test_a_replay_closes_the_origins_of_the_deliveries_that_it_tells_of(shop: Shop) -> None:
    """So that an entry of the same delivery, left by a worker that was killed, conflicts with nothing."""
    shop.do(work())
    shop.do(_other())
    replay = _replayed(_conflict(shop))
    shop.bucket.delete(_conflict_key())  # whose story would say it too
    shop.do(replay, after_s=0)
    assert ("origin-a", "origin-b", "replay-1") == shop.manifest().closed
    shop.fetcher.fetched = []
    shop.do(_other(), after_s=-10)

    assert ([], [], []) == (shop.fetcher.fetched, shop.keys("dead/"), shop.keys("due/"))


def test_what_is_whole_stays_whole(shop: Shop) -> None:
    """A replay of other images keeps one and loses one: what it kept is kept, the rest stays a conflict."""
    shop.do(work())
    shop.do(_other(sources=B))
    shop.fetcher.verdicts[1] = lost(1, "files.evolink.ai/b/1.png")
    shop.do(_replayed(_conflict(shop)), after_s=0)

    assert shop.manifest().whole
    assert ["files.evolink.ai/a/0.png", "files.evolink.ai/b/0.png"] == [
        asset.source for asset in shop.manifest().kept
    ]
    assert (heard(1),) == shop.manifest().notifications
    letter = _conflict(shop)
    assert (["files.evolink.ai/b/1.png"], ["replay-1"]) == (
        [asset.source for asset in letter.lost],
        [replay.id for replay in letter.replays],
    )
    assert [_conflict_key()] == [key for key in shop.keys("dead/") if key.endswith(".json")]

    shop.fetcher.verdicts = {}
    shop.do(_replayed(letter, 2), after_s=0)

    assert (heard(1), heard(2, "origin-b")) == shop.manifest().notifications
    assert ["replay-1", "replay-2"] == [replay.id for replay in shop.manifest().replays]
    assert [] == shop.keys("dead/") == shop.keys("due/")


def test_a_replay_of_a_conflict_that_loses_everything_is_told_in_its_letter_alone(shop: Shop) -> None:
    shop.do(work())
    shop.do(_other())
    shop.fetcher.verdicts[0] = lost(0, "files.evolink.ai/b/0.png")
    shop.do(_replayed(_conflict(shop)), after_s=0)

    assert (("origin-a",), ()) == (shop.manifest().closed, shop.manifest().replays)
    assert ["replay-1"] == [replay.id for replay in _conflict(shop).replays]
    assert [_conflict_key()] == shop.keys("dead/")


def test_what_had_no_room_and_is_lost_again_by_a_replay_stays_in_its_own_letter(shop: Shop) -> None:
    """Also where the task's letter would have room for it by now: it is told of in one place."""
    shop.keep.bury_apart(
        apart_of(Reason.TOO_MANY_SOURCES, _other(), [lost(0, "files.evolink.ai/b/0.png")]), Account()
    )
    shop.fetcher.verdicts[0] = lost(0, "files.evolink.ai/b/0.png")
    shop.do(_replayed(_conflict(shop)), after_s=0)

    assert [_conflict_key()] == shop.keys("dead/")
    letter = _conflict(shop)
    assert (Reason.TOO_MANY_SOURCES, ["replay-1"]) == (
        letter.reason,
        [replay.id for replay in letter.replays],
    )

    shop.fetcher.verdicts = {}
    shop.do(_replayed(letter, 2), after_s=0)

    assert ([], (heard(2, "origin-b"),)) == (shop.keys("dead/"), shop.manifest().notifications)
    assert ["replay-1", "replay-2"] == [replay.id for replay in shop.manifest().replays]
