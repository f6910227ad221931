"""due work -> images, manifest, catalogue line; run twice, late, and against others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from archive import layout
from archive.asset import KeptAsset, LostAsset
from archive.bucket import digest
from archive.catalogue import CatalogueLine
from archive.dead_letter import DeadLetter
from archive.delivery import Replay
from archive.errors import SourceTrouble, TryLater
from archive.journal import Journal
from archive.manifest import Manifest
from archive.reasons import Reason
from archive.work import Work
from tests.fakes.bucket import MemoryBucket
from tests.fakes.words import DAY, NOW, TASK, heard, kept, lost, manifest, work
from workers.archive_task import ArchiveTask
from workers.catalogue import commit_to
from workers.claim import Claims
from workers.close_task import CloseTask
from workers.fetch_asset import FetchAsset, Turn
from workers.hands import turn_for
from workers.keep import Keep
from workers.later import Distances

MANIFEST = layout.manifest_key(DAY, "evolink", TASK)
LETTER = layout.dead_key(DAY, "evolink", TASK)
THREE = tuple(f"https://files.evolink.ai/a/{index}.png?sig=1" for index in range(3))
Verdict = KeptAsset | LostAsset | TryLater


class ScriptedFetcher(FetchAsset):
    """A fetcher whose verdicts a test writes; whatever it says nothing of is kept."""

    def __init__(self) -> None:
        self.verdicts: dict[int, Verdict] = {}
        self.fetched: list[int] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def fetch(self, turn: Turn, index: int) -> KeptAsset | LostAsset:
        self.fetched.append(index)
        self.meanwhile()
        verdict = self.verdicts.get(index, _kept(turn.work, index))
        if isinstance(verdict, TryLater):
            raise verdict
        return verdict


def _kept(work_: Work, index: int) -> KeptAsset:
    source = work_.sources[index].removeprefix("https://").split("?")[0]
    return kept(index, sha256=digest(source.encode()), source=source)


class Shop:
    """An ArchiveTask over a bucket in memory, at a time that the test sets."""

    def __init__(self) -> None:
        self.bucket, self.fetcher = MemoryBucket(), ScriptedFetcher()
        self.now = NOW
        self.bucket.now = lambda: self.now  # type: ignore[method-assign] # the clock is the test's
        self.catalogue: Journal[str] = Journal(commit_to(self.bucket))
        self.executor = ThreadPoolExecutor(4)
        self.keep = Keep(self.bucket, self.catalogue)
        self.archive = ArchiveTask(
            self.bucket,
            Claims(self.bucket, lease_s=240, run_s=150),
            CloseTask(self.bucket, self.keep),
            self.fetcher,
            self.executor,
            turn_for=lambda work_, deadline: turn_for(work_, deadline, ()),
            run_s=150,
            distances=Distances(30, 3600),
        )

    def put(self, work_: Work, after_s: float = 240) -> str:
        key = layout.due_key(NOW + timedelta(seconds=after_s), work_.provider, work_.task_id, work_.origin)
        self.bucket.put(key, work_.to_json())
        return key

    def do(self, work_: Work, after_s: float = 240) -> None:
        self.archive.archive(self.put(work_, after_s))

    def keys(self, under: str) -> list[str]:
        return [entry.key for entry in self.bucket.list(under)]

    def dues(self) -> list[Work]:
        return [Work.from_json(self.bucket.get(key).body) for key in self.keys("due/")]

    def manifest(self) -> Manifest:
        return Manifest.from_json(self.bucket.get(MANIFEST).body)

    def letter(self) -> DeadLetter:
        return DeadLetter.from_json(self.bucket.get(LETTER).body)


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    shop.catalogue.close(5)
    shop.executor.shutdown()


def test_a_task_that_goes_well_leaves_a_manifest_a_line_and_nothing_due(shop: Shop) -> None:
    shop.do(work(sources=THREE))

    assert shop.manifest().whole
    assert ([0, 1, 2], (heard(),)) == (
        [asset.index for asset in shop.manifest().kept],
        shop.manifest().notifications,
    )
    [line] = [CatalogueLine.from_json(shop.bucket.get(key).body) for key in shop.keys("catalog/")]
    assert (TASK, 3, 0, True) == (line.task_id, line.kept, line.lost, line.complete)
    assert [] == shop.keys("due/") == shop.keys("dead/")


def test_a_run_under_the_lease_of_settle_claims_nothing(shop: Shop) -> None:
    key = shop.put(work())
    seen: list[list[str]] = []
    shop.fetcher.meanwhile = lambda: seen.append(shop.keys("due/"))
    shop.archive.archive(key)

    assert [[key]] == seen
    assert 1 == shop.manifest().starts


def test_a_later_run_claims_counts_its_start_and_tells_the_silent_ending(shop: Shop) -> None:
    key = shop.put(work(), after_s=-10)
    seen: list[str] = []
    shop.fetcher.meanwhile = lambda: seen.extend(shop.keys("due/"))
    shop.archive.archive(key)

    [claimed] = seen
    lease = (layout.read_due_key(claimed).when - NOW).total_seconds()
    assert 480 <= lease <= 480 + 30
    assert (2, 1) == (shop.manifest().starts, shop.manifest().silent_endings)
    assert [] == shop.keys("due/")


def test_of_two_claims_on_one_entry_one_wins(shop: Shop) -> None:
    key = shop.put(work(), after_s=-10)
    entry = shop.bucket.get(key).body
    claims = Claims(shop.bucket, lease_s=240, run_s=150)
    first = claims.take(key, Work.from_json(entry))

    assert first is not None
    assert claims.take(key, Work.from_json(entry)) is None
    assert [first[0]] == shop.keys("due/")


def test_works_that_tell_of_other_deliveries_never_meet_on_one_key(shop: Shop) -> None:
    """Else the late DELETE of one could remove the other."""
    claims = Claims(shop.bucket, lease_s=240, run_s=150)
    one, other = work(heard=(heard(1),)), work(heard=(heard(2),))
    claims.take(shop.put(one, after_s=-10), one)
    claims.take(shop.put(other, after_s=-9), other)

    assert [(heard(1),), (heard(2),)] == sorted(
        (due.heard for due in shop.dues()), key=lambda told: told[0].delivery_id
    )


def test_an_entry_is_not_dropped_for_the_one_that_it_has_just_succeeded(shop: Shop) -> None:
    """A run has put its work off and is about to remove the claim it held; the next worker meets that claim."""
    claims = Claims(shop.bucket, lease_s=240, run_s=150)
    taken = claims.take(shop.put(work(), after_s=-10), work())
    assert taken is not None
    held, claimed = taken
    entry = shop.bucket.objects[held]
    claims.put_off(held, structs.replace(claimed, tries=1), NOW)
    shop.bucket.objects[held] = entry  # the DELETE is still on its way
    [successor] = [key for key in shop.keys("due/") if key != held]

    assert claims.take(successor, Work.from_json(shop.bucket.get(successor).body)) is None
    assert successor in shop.keys("due/")


def test_an_entry_whose_claimer_was_killed_in_between_goes(shop: Shop) -> None:
    claims = Claims(shop.bucket, lease_s=240, run_s=150)
    key = shop.put(work(), after_s=-10)
    entry = shop.bucket.objects[key]
    assert claims.take(key, work()) is not None
    shop.bucket.objects[key] = entry  # killed before its DELETE

    assert claims.take(key, work()) is None
    assert key not in shop.keys("due/")


def test_a_first_run_claims_before_it_gives_up(shop: Shop) -> None:
    """A twin under the same lease must not remove the entry of a run that is killed right after its letter."""
    key = shop.put(work())
    shop.fetcher.verdicts[0] = lost(0)
    seen: list[str] = []
    bury = shop.keep.bury

    def watched(*letter: Any) -> None:
        seen.extend(shop.keys("due/"))
        bury(*letter)

    shop.keep.bury = watched  # type: ignore[method-assign,assignment] # only watched
    shop.archive.archive(key)

    assert len(seen) == 1
    assert key not in seen
    assert (1, []) == (shop.letter().lost[0].tries, shop.keys("due/"))


def test_a_run_that_slept_through_its_lease_writes_nothing_when_others_have_ended_it(shop: Shop) -> None:
    key = shop.put(work())
    shop.fetcher.verdicts[0] = kept(0)

    def sleep() -> None:
        shop.now = NOW + timedelta(hours=1)
        shop.bucket.delete(key)

    shop.fetcher.meanwhile = sleep
    shop.archive.archive(key)

    assert [] == shop.keys("")


def test_a_run_that_kept_nothing_leaves_no_word_of_what_another_kept(shop: Shop) -> None:
    """Another run of the same links has kept the first image; this one has it lost."""
    partial = manifest(
        kept(0, source="files.evolink.ai/a/0.png"),
        lost(1, "files.evolink.ai/a/1.png"),
        lost(2, "files.evolink.ai/a/2.png"),
    )
    shop.fetcher.verdicts = {index: lost(index, f"files.evolink.ai/a/{index}.png") for index in range(3)}
    shop.fetcher.meanwhile = lambda: shop.bucket.put(MANIFEST, partial.to_pretty_json())
    shop.do(work(sources=THREE, heard=(heard(2),)))

    assert [1, 2] == [asset.index for asset in shop.letter().lost]
    assert (heard(2),) == shop.letter().notifications


def test_work_that_is_planned_for_later_is_not_begun_by_a_stray_bell(shop: Shop) -> None:
    shop.do(work(leased=False, tries=1), after_s=600)

    assert [] == shop.fetcher.fetched
    assert 1 == len(shop.dues())


def test_what_is_lost_has_its_reason_in_manifest_and_letter(shop: Shop) -> None:
    shop.fetcher.verdicts[1] = lost(1, "files.evolink.ai/a/1.png")
    shop.do(work(sources=THREE))

    assert [0, 2] == [asset.index for asset in shop.manifest().kept]
    assert [Reason.SOURCE_GONE] == [asset.reason for asset in shop.manifest().lost]
    assert (Reason.SOURCE_GONE, [1], ()) == (
        shop.letter().reason,
        [asset.index for asset in shop.letter().lost],
        shop.letter().notifications,
    )
    assert [] == shop.keys("due/")


def test_a_task_of_which_nothing_is_kept_is_a_letter_alone(shop: Shop) -> None:
    shop.fetcher.verdicts[0] = lost(0)
    shop.do(work())

    assert [LETTER] == shop.keys("")
    assert ((heard(),), ("origin-a",)) == (shop.letter().notifications, shop.letter().closed)


def test_trouble_that_passes_is_tried_later_with_what_is_done_so_far(shop: Shop) -> None:
    shop.fetcher.verdicts = {0: SourceTrouble(Reason.SOURCE_BUSY, retry_after_s=300), 1: lost(1)}
    shop.do(work(sources=THREE))

    [key], [due] = shop.keys("due/"), shop.dues()
    assert 300 <= (layout.read_due_key(key).when - NOW).total_seconds() < 301
    assert ([2], [1], 1, False) == (
        [asset.index for asset in due.kept],
        [asset.index for asset in due.lost],
        due.tries,
        due.leased,
    )
    assert [] == shop.keys("tasks/") == shop.keys("dead/")

    shop.fetcher.verdicts, shop.fetcher.fetched = {}, []
    shop.now = NOW + timedelta(seconds=302)
    shop.archive.archive(key)
    assert [0] == shop.fetcher.fetched
    assert [0, 2] == [asset.index for asset in shop.manifest().kept]
    assert [] == shop.keys("due/")


def test_tries_end_when_the_link_dies_and_the_last_trouble_is_told(shop: Shop) -> None:
    shop.fetcher.verdicts[0] = SourceTrouble(Reason.SOURCE_UNREACHABLE, "no answer")
    shop.do(work(expires_at=NOW + timedelta(seconds=30)))

    [asset] = shop.letter().lost
    assert (Reason.LINK_EXPIRED, True) == (asset.reason, "source_unreachable" in asset.detail)
    assert [] == shop.keys("due/")


def test_a_link_that_is_dead_by_the_clock_is_tried_once_all_the_same(shop: Shop) -> None:
    shop.do(work(expires_at=NOW - timedelta(days=3)))

    assert shop.manifest().whole


def test_stopping_gives_the_work_back_at_once_and_counts_no_try(shop: Shop) -> None:
    shop.fetcher.verdicts[0] = TryLater(Reason.STOPPING)
    shop.do(work())

    [key], [due] = shop.keys("due/"), shop.dues()
    assert NOW == layout.read_due_key(key).when
    assert (0, 0, False) == (due.tries, due.starts, due.leased)


def test_the_same_work_twice_ends_the_same(shop: Shop) -> None:
    key = shop.put(work())
    shop.archive.archive(key, shop.bucket.get(key).body)
    first = shop.manifest()
    shop.archive.archive(key, work().to_json())

    assert first == shop.manifest()
    assert [] == shop.keys("due/") == shop.keys("dead/")


def test_a_duplicate_is_told_of_in_the_history_and_nothing_else_changes(shop: Shop) -> None:
    shop.do(work())
    shop.do(work(heard=(heard(2),)), after_s=241)

    assert (heard(1), heard(2)) == shop.manifest().notifications
    assert [] == shop.keys("due/") == shop.keys("dead/")


def test_other_images_for_a_whole_task_are_kept_as_a_conflict(shop: Shop) -> None:
    shop.do(work())
    before = shop.manifest()
    shop.do(
        work(
            sources=("https://files.evolink.ai/forged.png",), origin="origin-b", heard=(heard(2, "origin-b"),)
        )
    )

    assert before == shop.manifest()
    [key] = shop.keys("dead/")
    letter = DeadLetter.from_json(shop.bucket.get(key).body)
    assert (Reason.CONFLICTING_DELIVERY, "delivery-" in key) == (letter.reason, True)
    assert [] == shop.keys("due/")


def test_a_conflict_that_a_person_replays_is_kept_beside_what_was_first(shop: Shop) -> None:
    shop.do(work())
    other = work(
        sources=("https://files.evolink.ai/b.png",), origin="origin-b", heard=(heard(2, "origin-b"),)
    )
    shop.do(other)
    [key] = shop.keys("dead/")
    shop.do(_replayed(DeadLetter.from_json(shop.bucket.get(key).body)), after_s=0)
    shop.do(
        _replayed(DeadLetter(reason=Reason.SOURCE_GONE, at=NOW, provider="evolink", work=other)), after_s=0
    )

    assert [(0, "files.evolink.ai/a/0.png"), (1, "files.evolink.ai/b.png")] == [
        (asset.index, asset.source) for asset in shop.manifest().kept
    ]
    assert (heard(1), heard(2, "origin-b")) == shop.manifest().notifications
    assert [] == shop.keys("dead/") == shop.keys("due/")


def test_a_twin_that_finished_first_leaves_no_letter_beside_a_whole_manifest(shop: Shop) -> None:
    """The first run gives up; while it does, a twin of the same work has kept everything."""
    shop.fetcher.verdicts[0] = lost(0)
    shop.fetcher.meanwhile = lambda: shop.keep.commit(DAY, manifest(kept(0)))
    shop.do(work(heard=(heard(2),)))

    assert shop.manifest().whole
    assert (heard(1), heard(2)) == shop.manifest().notifications
    assert [] == shop.keys("dead/")


def test_a_twin_that_gave_up_first_is_taken_over(shop: Shop) -> None:
    shop.fetcher.verdicts[0] = lost(0)
    shop.do(work(heard=(heard(2),)))
    shop.fetcher.verdicts = {}
    shop.do(work())

    assert (heard(1), heard(2)) == shop.manifest().notifications
    assert [] == shop.keys("dead/")


def test_a_failed_manifest_is_beaten_by_completed(shop: Shop) -> None:
    shop.keep.commit(DAY, manifest(status="failed", assets=(), notifications=(heard(7, "f"),), closed=("f",)))
    shop.do(work())

    assert ("completed", (heard(1), heard(7, "f"))) == (shop.manifest().status, shop.manifest().notifications)


def test_a_run_killed_right_after_its_manifest_is_ended_in_full_by_the_next(shop: Shop) -> None:
    """The manifest stands; catalogue line, dead letter and the DELETE of the entry are missing."""
    gone = lost(1, "files.evolink.ai/a/1.png")
    made = manifest(
        kept(0, source="files.evolink.ai/a/0.png"), gone, kept(2, source="files.evolink.ai/a/2.png")
    )
    shop.bucket.put(MANIFEST, made.to_pretty_json())
    shop.do(work(sources=THREE), after_s=-10)

    assert [] == shop.fetcher.fetched
    assert [1] == [asset.index for asset in shop.letter().lost]
    assert shop.keys("catalog/")
    assert [] == shop.keys("due/")


def _replayed(letter: DeadLetter, **more: Any) -> Work:
    assert letter.work is not None
    told = Replay(id="replay-1", at=NOW, who="ops@host", why="host was down")
    return structs.replace(letter.work, origin="replay-1", replay=told, leased=False, **more)


def test_a_replay_brings_in_what_was_lost_and_removes_the_letter(shop: Shop) -> None:
    shop.fetcher.verdicts[1] = lost(1, "files.evolink.ai/a/1.png")
    shop.do(work(sources=THREE))
    shop.fetcher.verdicts, shop.fetcher.fetched = {}, []
    shop.do(_replayed(shop.letter()), after_s=0)

    assert [1] == shop.fetcher.fetched
    assert shop.manifest().whole
    assert ["host was down"] == [replay.why for replay in shop.manifest().replays]
    assert [] == shop.keys("dead/") == shop.keys("due/")


def test_a_replay_of_what_succeeded_is_harmless(shop: Shop) -> None:
    shop.fetcher.verdicts[0] = lost(0)
    shop.do(work())
    replay = _replayed(shop.letter())
    shop.fetcher.verdicts = {}
    shop.do(work(origin="origin-b", heard=(heard(2, "origin-b"),)))
    assert shop.manifest().whole
    shop.fetcher.fetched = []
    shop.do(replay, after_s=0)

    assert [] == shop.fetcher.fetched
    assert shop.manifest().whole
    assert [] == shop.keys("dead/") == shop.keys("due/")


def test_a_replay_that_fails_again_is_told_in_the_letter(shop: Shop) -> None:
    shop.fetcher.verdicts[0] = lost(0)
    shop.do(work())
    shop.do(_replayed(shop.letter()), after_s=0)

    assert (["replay-1"], (heard(),)) == (
        [replay.id for replay in shop.letter().replays],
        shop.letter().notifications,
    )
    assert [] == shop.keys("due/")


@pytest.mark.parametrize("body", [b"rubbish", b"{}"])
def test_an_entry_that_cannot_be_read_goes_to_dead_whole(shop: Shop, body: bytes) -> None:
    shop.bucket.put("due/rubbish.json", body)
    shop.archive.archive("due/rubbish.json")

    [key] = shop.keys("dead/")
    letter = DeadLetter.from_json(shop.bucket.get(key).body)
    assert (Reason.MALFORMED_RECORD, body) == (
        letter.reason,
        letter.delivery.body if letter.delivery else None,
    )
    assert [] == shop.keys("due/")


def test_sixteen_runs_at_once_end_as_one(shop: Shop) -> None:
    key = shop.put(work(sources=THREE))
    together = threading.Barrier(16)
    body = shop.bucket.get(key).body

    def run(_: int) -> None:
        together.wait(5)
        shop.archive.archive(key, body)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(run, range(16)))

    assert shop.manifest().whole
    assert [] == shop.keys("dead/") == shop.keys("due/")
