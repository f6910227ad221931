"""A young batch is worked by whoever settles it: whole, or left to the road with nothing lost and nothing given up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from archive import layout
from archive.errors import BucketUnavailable, NewerRecord, SourceTrouble, TryLater
from archive.reasons import Reason
from archive.records.order import Claims, Order
from archive.records.order_record import OrderRecord
from archive.records.work import Work
from tests.fakes.newer import of_schema_2
from tests.fakes.words import NOW, TASK, body, delivery, kept, lost, manifest
from tests.unit.workers.office import told
from tests.unit.workers.settling.stand import Stand
from tests.unit.workers.shop import LETTER, MANIFEST, Verdict
from workers.asking.fresh_links import FreshLinks
from workers.turn import Turn

GOOD, BAD = "https://files.evolink.ai/good.png", "https://files.evolink.ai/bad.png"
BUSY = SourceTrouble(Reason.SOURCE_BUSY, "429")


@pytest.fixture
def stand() -> Iterator[Stand]:
    stand = Stand()
    yield stand
    stand.catalogue.close(5)
    stand.executor.shutdown()


def test_a_lone_callback_ends_without_an_entry_or_a_second_bell(stand: Stand) -> None:
    stand.take(delivery())

    assert stand.manifest().whole
    assert ([delivery().id], 1) == (
        [told.delivery_id for told in stand.manifest().notifications],
        stand.manifest().starts,
    )
    assert [MANIFEST] == stand.words()
    assert [] == stand.doorbell.rung
    assert [TASK] == [line.task_id for line in stand.lines()]


def test_the_batch_goes_after_the_line_of_its_task(stand: Stand) -> None:
    stood = []
    put_new = stand.bucket.put_new

    def watched(key: str, *words: Any, **more: Any) -> None:
        stood.append((key.split("/", maxsplit=1)[0], stand.key in stand.bucket.objects))
        put_new(key, *words, **more)

    stand.bucket.put_new = watched  # type: ignore[method-assign] # only watched
    stand.take(delivery())

    assert [("tasks", True), ("catalog", True)] == stood
    assert [] == stand.keys("inbox/")


@pytest.mark.parametrize(
    "verdict", [BUSY, TryLater(Reason.OUT_OF_TIME), lost()], ids=lambda each: str(each.reason)
)
def test_what_one_try_does_not_bring_takes_the_road_and_nothing_is_given_up(
    stand: Stand, verdict: Verdict
) -> None:
    stand.fetcher.verdicts[0] = verdict
    stand.take(delivery())

    [entry] = stand.words()
    assert entry.startswith("due/")
    assert [entry] == stand.doorbell.rung
    assert [0] == stand.fetcher.fetched
    [work] = stand.dues()
    assert ((), (), 1, None) == (work.kept, work.lost, work.starts, work.trouble)


def test_of_two_tasks_the_one_that_ends_leaves_no_entry(stand: Stand) -> None:
    stand.fetcher.verdicts[1] = BUSY
    stand.take(
        delivery(1, body(links=[GOOD])), delivery(2, body(id=TASK + "x", links=[GOOD + "1", GOOD + "2"]))
    )

    assert stand.manifest().whole
    assert [TASK + "x"] == [work.task_id for work in stand.dues()]
    assert [] == stand.keys("inbox/")


def test_a_task_ends_while_the_images_of_another_are_still_to_come(stand: Stand) -> None:
    ended, waited = threading.Event(), []
    put_new, fetch = stand.bucket.put_new, stand.fetcher.fetch

    def watched(key: str, *words: Any, **more: Any) -> None:
        put_new(key, *words, **more)
        if key == MANIFEST:
            ended.set()

    def slow(turn: Turn, index: int) -> Any:
        if turn.work.task_id != TASK:
            waited.append(ended.wait(30))
        return fetch(turn, index)

    stand.bucket.put_new = watched  # type: ignore[method-assign] # only watched
    stand.fetcher.fetch = slow  # type: ignore[method-assign] # waits
    stand.take(delivery(1), delivery(2, body(id=TASK + "x")))

    assert [True] == waited
    assert ([], 2) == (stand.dues(), len(stand.lines()))


def test_whatever_waits_for_nobody_is_placed_and_rung_for_first(stand: Stand) -> None:
    other = delivery(4, body(id=TASK + "y"), via="ask")
    stand.fetcher.meanwhile = lambda: stood.append((stand.words(), list(stand.doorbell.rung)))
    stood: list[tuple[list[str], list[str]]] = []
    stand.take(delivery(1), delivery(2, body("failed", id=TASK + "x")), b"rubbish", other)

    [(words, rung)] = stood
    assert {"dead", "due", "inbox", "tasks"} == {key.split("/")[0] for key in words}
    assert 1 == len(rung)
    assert stand.manifest().whole


@pytest.mark.parametrize("age_s", [-5.0, 16.0, 61.0, 4_000.0])
def test_a_batch_that_is_not_young_takes_the_road(stand: Stand, age_s: float) -> None:
    """A relay's, one that was settled before, one that a stepped clock has gathered."""
    stand.now = NOW + timedelta(seconds=age_s)
    stand.take(delivery())

    assert ([], 1) == (stand.fetcher.fetched, len(stand.dues()))


def test_a_run_that_has_its_images_too_late_writes_no_manifest(stand: Stand) -> None:
    def slow() -> None:
        stand.now = NOW + timedelta(seconds=31)

    stand.fetcher.meanwhile = slow
    stand.take(delivery())

    assert ([], 1, []) == (stand.keys("tasks/"), len(stand.dues()), stand.keys("inbox/"))


def test_where_a_letter_stands_the_road_sees_to_it(stand: Stand) -> None:
    """The manifest is better by then; what follows from that is a run's, under an entry."""
    stand.fetcher.verdicts[0] = lost()
    stand.take(delivery(1))
    stand.due.do(stand.keys("due/")[0])
    stand.rest()
    assert [LETTER] == stand.words()
    stand.fetcher.verdicts.clear()
    stand.key = layout.inbox_key(layout.batch_id(stand.now))
    stand.take(delivery(2))

    assert stand.manifest().whole
    assert ([LETTER], 1) == (stand.keys("dead/"), len(stand.dues()))
    stand.due.do(stand.keys("due/")[0])
    assert ([], []) == (stand.keys("dead/"), stand.keys("due/"))


def test_where_others_have_lost_an_image_of_the_task_the_road_sees_to_it(stand: Stand) -> None:
    stand.bucket.put(MANIFEST, manifest(lost(0, "files.evolink.ai/other.png")).to_pretty_json())
    stand.take(delivery(2))

    assert (1, 1) == (len(stand.manifest().kept), len(stand.manifest().lost))
    assert (1, []) == (len(stand.dues()), stand.keys("dead/"))


def test_other_images_of_a_whole_task_take_the_road(stand: Stand) -> None:
    stand.bucket.put(MANIFEST, manifest(kept(0)).to_pretty_json())
    stand.take(delivery(2, body(links=[GOOD])))

    assert manifest(kept(0)) == stand.manifest()
    assert (1, []) == (len(stand.dues()), stand.keys("dead/"))


def test_a_task_that_its_provider_must_name_first_takes_the_road(stand: Stand) -> None:
    asker: Any = object()
    stand.settle = stand.settled_with(FreshLinks({"evolink": asker}, confirm=("evolink",)))
    stand.take(delivery())

    assert ([], 1) == (stand.fetcher.fetched, len(stand.dues()))


@pytest.mark.parametrize("verdicts", [{}, {0: BUSY}], ids=["ends", "takes the road"])
def test_the_prompt_of_an_order_stands_in_the_manifest_and_in_no_entry(
    stand: Stand, verdicts: dict[int, Verdict]
) -> None:
    order = OrderRecord(
        provider="evolink",
        task_id=TASK,
        order=Order(prompt="a lighthouse"),
        told_at=NOW,
        delivery_id=told().id,
        who="a test",
    )
    stand.bucket.put(layout.order_key("evolink", TASK), order.to_pretty_json())
    stand.fetcher.verdicts.update(verdicts)
    stand.take(delivery(claims=Claims(ordered=True)))

    holders = [key.split("/")[0] for key in stand.words() if b"lighthouse" in stand.bucket.get(key).body]
    assert (["orders"] if verdicts else ["orders", "tasks"]) == holders
    assert len(verdicts) == len(stand.dues())


def test_a_fault_of_ours_is_no_reason_not_to_take_the_road(stand: Stand) -> None:
    def stumbles() -> None:
        raise ZeroDivisionError

    stand.fetcher.meanwhile = stumbles
    stand.take(delivery())

    assert (1, []) == (len(stand.dues()), stand.keys("inbox/"))


def test_a_batch_that_must_stay_is_not_worked_in_place(stand: Stand) -> None:
    """Its lines would come again, and be worked again, for as long as it stays."""
    with pytest.raises(NewerRecord):
        stand.take(delivery(1), of_schema_2(delivery(2).to_json()))

    assert ([], 1, [stand.key]) == (stand.fetcher.fetched, len(stand.dues()), stand.keys("inbox/"))


def test_with_s3_away_the_batch_stays(stand: Stand) -> None:
    put_new = stand.bucket.put_new

    def away(key: str, *words: Any, **more: Any) -> None:
        if not key.startswith("inbox/"):
            raise BucketUnavailable("away")
        put_new(key, *words, **more)

    stand.bucket.put_new = away  # type: ignore[method-assign] # S3 is away
    with pytest.raises(BucketUnavailable):
        stand.take(delivery())

    assert [stand.key] == stand.words()


def test_a_first_run_of_an_old_batch_finds_what_a_killed_run_in_place_has_ended(stand: Stand) -> None:
    stand.take(delivery())
    before = stand.manifest()
    stand.fetcher.fetched.clear()
    stand.now = NOW + timedelta(seconds=61)
    # The worker was killed before the batch went.
    stand.take(delivery())
    [entry] = stand.keys("due/")
    stand.due.do(entry, stand.bucket.get(entry).body)

    assert ([], before) == (stand.fetcher.fetched, stand.manifest())
    assert [MANIFEST] == stand.words()


def test_a_first_run_of_a_young_batch_looks_for_nothing(stand: Stand) -> None:
    """One request less for each task that is not worked in place."""
    asked = []
    get = stand.bucket.get

    def watched(key: str) -> Any:
        asked.append(key)
        return get(key)

    work = Work.from_json(_placed(stand))
    stand.bucket.get = watched  # type: ignore[method-assign] # only watched
    stand.due.do(stand.keys("due/")[0], work.to_json())

    assert [LETTER] == asked


def _placed(stand: Stand) -> bytes:
    stand.fetcher.verdicts[0] = BUSY
    stand.take(delivery())
    stand.fetcher.verdicts.clear()
    return stand.bucket.get(stand.keys("due/")[0]).body
