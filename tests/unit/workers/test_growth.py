"""However often, and with whatever words, a task is told of: what is kept of it has a size that nothing passes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta

import pytest

from archive import layout
from archive.errors import SourceTrouble
from archive.reasons import Reason
from archive.records.asset import KeptAsset, LostAsset
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Delivery
from archive.records.manifest import Manifest
from archive.records.notification import SOURCE_MAX_BYTES, SOURCES_MOST
from archive.records.room import (
    IMAGES_MOST,
    LETTER_MAX_BYTES,
    LETTER_SETS_MOST,
    MANIFEST_MAX_BYTES,
    SETS_MOST,
    WORK_MAX_BYTES,
)
from archive.records.work import Work
from tests.fakes.doorbell import SilentDoorbell
from tests.fakes.words import body, delivery
from tests.unit.workers.shop import LETTER, MANIFEST, Shop
from workers.settle import Settle
from workers.turn import Turn

MEGABYTE = "y" * 1_000_000
SETS = 20  # where a letter has room for eight of one image, and for two of 32


class Mill(Shop):
    """Settle before an ArchiveTask: what comes in is placed, and then done until nothing is due."""

    def __init__(self) -> None:
        super().__init__()
        self.settle = Settle(self.bucket, self.keep, self.catalogue, SilentDoorbell(), lease_s=240.0)

    def take(self, deliveries: Iterable[Delivery]) -> None:
        key = layout.inbox_key(layout.batch_id(self.now))
        self.bucket.put(key, b"\n".join(each.to_json() for each in deliveries))
        self.settle.settle(key)

    def work_off(self) -> None:
        while keys := self.keys("due/"):
            self.now += timedelta(seconds=60)
            for key in keys:
                assert len(self.bucket.get(key).body) <= WORK_MAX_BYTES
                self.due.do(key)

    def letters(self) -> list[DeadLetter]:
        return [
            DeadLetter.from_json(self.bucket.get(key).body)
            for key in self.keys("dead/")
            if key[-5:] == ".json"
        ]

    def books(self, delivery_ids: Iterable[str]) -> None:
        """Each delivery is named or counted, in exactly one place."""
        words: list[Manifest | DeadLetter] = [*self.letters()]
        if MANIFEST in self.bucket.objects:
            words.append(self.manifest())
        for delivery_id in delivery_ids:
            places = [
                word
                for word in words
                if word.history.tells_of(delivery_id)
                or (isinstance(word, DeadLetter) and word.delivery and word.delivery.id == delivery_id)
            ]
            assert 1 == len(places), (delivery_id, [type(place).__name__ for place in places])


@pytest.fixture
def mill() -> Iterator[Mill]:
    mill = Mill()
    yield mill
    mill.catalogue.close(5)
    mill.executor.shutdown()


def _failed(number: int, message: str = MEGABYTE, status: str = "failed") -> Delivery:
    return delivery(
        number, body(status, error={"code": "c", "message": f"{number} {message}"}, model="m" * 5000)
    )


def _completed(number: int, links: Iterable[str]) -> Delivery:
    return delivery(number, body(links=links))


def _links(name: str, count: int, characters: int = 40) -> list[str]:
    return [f"https://files.evolink.ai/{name}/{place}/".ljust(characters, "z") for place in range(count)]


def test_sixty_long_failures_of_one_task_are_one_write_and_a_small_manifest(mill: Mill) -> None:
    writes = Counter[str]()
    put = mill.bucket.put

    def counted(key: str, *words: object, **more: object) -> None:
        writes[key] += 1
        put(key, *words, **more)  # type: ignore[arg-type]

    mill.bucket.put = counted  # type: ignore[method-assign] # the test counts
    mill.take(_failed(number, status=("failed", "cancelled")[number % 2]) for number in range(60))

    assert 1 == writes[MANIFEST]
    assert len(mill.bucket.get(MANIFEST).body) < 100_000
    assert 60 == mill.manifest().history.total
    mill.books(_failed(number, "").id for number in range(60))


@pytest.mark.thorough
def test_a_thousand_failures_in_many_batches_are_all_counted_once(mill: Mill) -> None:
    for start in range(0, 1000, 50):
        for _ in range(2):  # each batch is settled twice
            mill.take(_failed(number, "y" * 3000) for number in range(start, start + 50))

    assert 1000 == mill.manifest().history.total
    assert len(mill.bucket.get(MANIFEST).body) < 100_000
    mill.books(_failed(number, "").id for number in range(1000))


def test_a_thousand_duplicates_of_a_completed_task_are_all_counted_once(mill: Mill) -> None:
    for start in range(0, 1000, 50):
        mill.take(_completed(number, _links("a", 2)) for number in range(start, start + 50))
        mill.work_off()

    assert mill.manifest().whole
    assert 1000 == mill.manifest().history.total
    assert len(mill.bucket.get(MANIFEST).body) < 100_000
    mill.books(delivery(number).id for number in range(1000))


def test_sixty_sets_of_links_for_a_whole_task_leave_its_manifest_as_it_is(mill: Mill) -> None:
    for number in range(60):
        mill.take([_completed(number, _links(f"set-{number}", 32, 8000))])
        mill.work_off()

    assert mill.manifest().whole
    assert len(mill.bucket.get(MANIFEST).body) <= MANIFEST_MAX_BYTES / 4
    assert {Reason.CONFLICTING_DELIVERY} == {letter.reason for letter in mill.letters()}
    mill.books(delivery(number).id for number in range(60))


@pytest.mark.thorough
@pytest.mark.parametrize("images", [1, 3, 32])
@pytest.mark.parametrize("dead", ["all", "one"])
def test_many_sets_of_links_for_a_task_that_never_becomes_whole_have_room_or_letters_of_their_own(
    mill: Mill, images: int, dead: str
) -> None:
    for place in range(images if dead == "all" else 1):
        _lose(mill, place)
    for number in range(SETS):
        # Several in one batch, and each of them told of twice.
        told = [_completed(number, _links(f"set-{number}", images, SOURCE_MAX_BYTES))]
        mill.take([*told, delivery(number + 100, told[0].body)])
        mill.work_off()

    ids = [delivery(number + more).id for number in range(SETS) for more in (0, 100)]
    mill.books(ids)
    letter = mill.letter()
    assert len(letter.works) == min(SETS_MOST, IMAGES_MOST // images)
    assert len(mill.bucket.get(LETTER).body) <= LETTER_MAX_BYTES
    if dead == "one" and images > 1:
        assert len(mill.manifest().assets) <= IMAGES_MOST
        assert len(mill.bucket.get(MANIFEST).body) <= MANIFEST_MAX_BYTES
    apart = [letter for letter in mill.letters() if letter.delivery is not None]
    assert {Reason.TOO_MANY_SOURCES} == {letter.reason for letter in apart}
    assert all(letter.work is not None for letter in apart)
    # Nothing is told of in two letters, and what is lost of a set stands where its work does.
    assert {asset.source for asset in letter.lost} <= {
        source for work in letter.works for source in work.identity
    }


def test_many_duplicates_of_other_links_for_a_whole_task_are_each_told_of_once(mill: Mill) -> None:
    mill.take([_completed(0, _links("a", 1))])
    mill.work_off()
    for start in (1, 101):
        mill.take(_completed(number, _links("b", 2)) for number in range(start, start + 60))
        mill.work_off()

    assert 32 == len(mill.letters())
    mill.books(delivery(number).id for number in (0, *range(1, 61), *range(101, 161)))


def test_sets_of_which_something_is_kept_have_room_beside_those_of_which_nothing_is(mill: Mill) -> None:
    """None is moved out of the letter for another: who is killed in between leaves nothing in two places."""
    dead = _lose(mill, 0, 1, 2)
    for number in range(SETS_MOST):
        mill.take([_completed(number, _links(f"dead-{number}", 3))])
        mill.work_off()
    assert SETS_MOST == len(mill.letter().works)
    dead -= {1, 2}
    for number in range(SETS_MOST, 3 * SETS_MOST):
        mill.take([_completed(number, _links(f"half-{number}", 3))])
        mill.work_off()
        mill.books(delivery(each).id for each in range(number + 1))

    sources = {asset.source for asset in mill.manifest().assets}
    assert 3 * SETS_MOST == len(sources)
    works = mill.letter().works
    assert [True] * SETS_MOST == [work.identity[0] not in sources for work in works[:SETS_MOST]]
    assert LETTER_SETS_MOST == len(works)
    assert sources == {source for work in works[SETS_MOST:] for source in work.identity}
    # What the manifest tells of takes up the letter's room for others.
    mill.take([_completed(99, _links("half-new", 3))])
    mill.work_off()
    assert works == mill.letter().works
    mill.books([delivery(99).id])


def _lose(mill: Mill, *places: int) -> set[int]:
    """Every image in these places is lost, whatever its link; the places, to be changed."""
    real, dead = mill.fetcher.fetch, set(places)

    def fetch(turn: Turn, index: int) -> KeptAsset | LostAsset:
        if index not in dead:
            return real(turn, index)
        return LostAsset(
            index=index, reason=Reason.SOURCE_GONE, source=turn.work.identity[index], detail=MEGABYTE
        )

    mill.fetcher.fetch = fetch  # type: ignore[method-assign] # the test's origin
    return dead


def test_long_links_that_are_put_off_again_and_again_make_no_larger_entry(mill: Mill) -> None:
    for index in range(SOURCES_MOST):
        if index % 3 == 0:
            _lose(mill, index)
        elif index % 3 == 1:
            mill.fetcher.verdicts[index] = SourceTrouble(Reason.SOURCE_BUSY, MEGABYTE)
    mill.take(_completed(number, _links("a", SOURCES_MOST, SOURCE_MAX_BYTES)) for number in range(200))
    for _ in range(20):
        [key] = mill.keys("due/")
        stored = mill.bucket.get(key).body
        assert len(stored) <= WORK_MAX_BYTES
        assert 200 == Work.from_json(stored).history.total
        mill.now = layout.read_due_key(key).when
        mill.due.do(key)


def test_a_link_that_is_too_long_is_kept_whole_in_a_letter(mill: Mill) -> None:
    told = _completed(1, _links("a", 1, SOURCE_MAX_BYTES + 1))
    mill.take([told])

    [letter] = mill.letters()
    assert (Reason.SOURCE_TOO_LONG, told) == (letter.reason, letter.delivery)
    assert [] == mill.keys("due/")
