"""`replay`: what becomes due, what is left out, and what is told of it. The tests play the worker."""

from __future__ import annotations

import itertools
import json
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import redis
from msgspec import structs

from archive import layout
from archive.bell import ARCHIVE, SETTLE
from archive.reasons import Reason
from archive.records.dead_letter import DeadLetter
from archive.records.delivery import Delivery, Replay, Via
from archive.records.told_order import ORDER_TYPE
from archive.records.work import Work
from archive.store.bucket import Bucket
from console.cli.waiting import until
from tests.integration.console.harness.command import RUN_S, Command
from tests.integration.console.harness.seeds import Seeds, lost, task_of

NOBODY = {"REDIS_URL": "redis://127.0.0.1:1/0"}


@pytest.fixture
def bells(redis_url: str) -> Iterator[redis.Redis]:
    """The queues, empty at first."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
        yield client


def rung(bells: redis.Redis) -> list[str]:
    """Which jobs were rung for, in all queues."""
    waiting = [text for queue in bells.scan_iter("fixative-*") for text in bells.lrange(queue, 0, -1)]
    return [json.loads(text)["headers"]["task"] for text in waiting]


def due_replay(bucket: Bucket) -> Replay | None:
    """The replay of the work that is due, once there is some."""
    keys = [listed.key for listed in bucket.list(layout.DUE)]
    return Work.from_json(bucket.get(keys[0]).body).replay if keys else None


def test_a_tasks_work_becomes_due_anew_under_the_replay_and_is_rung(
    command: Command, seeds: Seeds, bells: redis.Redis
) -> None:
    seeds.letter(task_of(1))
    told = command("replay", task_of(1), "--no-wait", "--why", "links healed", "--json").told
    (key,) = seeds.keys(layout.DUE)
    work = Work.from_json(seeds.bucket.get(key).body)
    assert told["items"][0]["made_due"] == key
    assert work.origin == told["replay"]["id"] == layout.read_due_key(key).origin
    assert work.replay is not None
    assert (work.replay.id, work.replay.why, "@" in work.replay.who) == (work.origin, "links healed", True)
    assert (work.leased, work.starts, work.tries, work.silent_endings, work.trouble) == (False, 1, 0, 0, None)
    assert work.sources == seeds.work(task_of(1)).sources
    assert rung(bells) == [ARCHIVE]


def test_a_letter_of_two_sets_of_links_makes_both_due(command: Command, seeds: Seeds) -> None:
    key = seeds.letter(task_of(1))
    letter = DeadLetter.from_json(seeds.bucket.get(key).body)
    other = structs.replace(seeds.work(task_of(1)), sources=("https://files.evolink.ai/c.png",))
    seeds.bucket.put(key, structs.replace(letter, others=(other,)).to_json())
    command("replay", task_of(1), "--no-wait")
    works = [Work.from_json(seeds.bucket.get(due).body) for due in seeds.keys(layout.DUE)]
    assert sorted(work.sources for work in works) == sorted([seeds.work(task_of(1)).sources, other.sources])


def test_a_dead_delivery_comes_in_again_as_it_came_and_is_rung(
    command: Command, seeds: Seeds, bells: redis.Redis
) -> None:
    letter = seeds.dead_delivery(b'{"status": "weird"}')
    assert letter.delivery is not None
    command("replay", letter.delivery.id, "--no-wait")
    (key,) = seeds.keys(layout.INBOX)
    again = Delivery.from_json(seeds.bucket.get(key).body)
    assert (again.id, again.received_at, again.body) == (
        letter.delivery.id, letter.delivery.received_at, letter.delivery.body,
    )  # fmt: skip
    assert (again.via, again.replay is not None) == ("callback", True)
    assert rung(bells) == [SETTLE]


@pytest.mark.parametrize("via", ["order", "callback", "ask"])
def test_a_replay_keeps_the_door_whatever_the_content_type_says(
    command: Command, seeds: Seeds, via: Via
) -> None:
    letter = seeds.dead_order(via)
    command("replay", "--all", "--no-wait")
    (key,) = seeds.keys(layout.INBOX)
    again = Delivery.from_json(seeds.bucket.get(key).body)
    assert letter.delivery is not None
    assert (again.id, again.via, again.content_type) == (letter.delivery.id, via, ORDER_TYPE)


def test_an_order_that_an_older_version_replayed_is_one_only_where_a_person_names_it(
    command: Command, seeds: Seeds
) -> None:
    letter = seeds.dead_order("replay")
    assert letter.delivery is not None
    (left_out,) = command("replay", "--all", "--no-wait", "--json").told["left_out"]
    assert (seeds.keys(layout.INBOX), "name this delivery" in left_out["why"]) == ([], True)

    command("replay", letter.delivery.id, "--no-wait")
    (key,) = seeds.keys(layout.INBOX)
    assert Delivery.from_json(seeds.bucket.get(key).body).via == "order"


def test_the_items_of_a_replay_are_spaced_in_time(command: Command, seeds: Seeds) -> None:
    for number in range(5):
        seeds.letter(task_of(number))
    command("replay", "--all", "--no-wait")
    times = [layout.read_due_key(key).when for key in seeds.keys(layout.DUE)]
    assert [after - before for before, after in itertools.pairwise(times)] == [timedelta(seconds=0.2)] * 4


def test_without_redis_it_is_due_all_the_same(command: Command, seeds: Seeds) -> None:
    seeds.letter(task_of(1))
    ran = command("replay", task_of(1), "--no-wait", **NOBODY)
    assert (ran.code, "the sweep finds it" in ran.err, len(seeds.keys(layout.DUE))) == (0, True, 1)


def test_a_dry_run_writes_nothing(command: Command, seeds: Seeds) -> None:
    seeds.letter(task_of(1))
    told = command("replay", "--all", "--dry-run", "--json").told
    assert (told["matched"], told["by_reason"], told["replay"]) == (1, {"source_gone": 1}, None)
    assert seeds.keys(layout.DUE) == []


def test_all_means_all_that_match_the_filter(command: Command, seeds: Seeds) -> None:
    seeds.letter(task_of(1), Reason.CUT_OFF)
    seeds.letter(task_of(2), Reason.SOURCE_GONE)
    seeds.letter(task_of(3), Reason.CUT_OFF, at=datetime.now(UTC) - timedelta(days=3))
    told = command("replay", "--all", "--reason", "cut_off", "--since", "1d", "--no-wait", "--json").told
    assert [item["task_id"] for item in told["items"]] == [task_of(1)]


def test_more_than_ten_are_refused_where_nobody_can_be_asked(command: Command, seeds: Seeds) -> None:
    for number in range(11):
        seeds.letter(task_of(number))
    ran = command("replay", "--all")
    assert (ran.code, "--yes" in ran.err, seeds.keys(layout.DUE)) == (2, True, [])


def test_more_than_ten_go_with_yes_and_are_not_waited_for(command: Command, seeds: Seeds) -> None:
    for number in range(11):
        seeds.letter(task_of(number))
    ran = command("replay", "--all", "--yes")
    assert (ran.code, len(seeds.keys(layout.DUE))) == (0, 11)


def test_a_bulk_replay_leaves_to_an_earlier_one_what_that_has_made_due(
    command: Command, seeds: Seeds
) -> None:
    seeds.letter(task_of(1))
    command("replay", "--all", "--no-wait")
    told = command("replay", "--all", "--no-wait", "--json").told
    assert (told["matched"], [left["why"] for left in told["left_out"]]) == (
        0, ["a replay has made it due already"],
    )  # fmt: skip


def test_a_conflicting_delivery_is_replayed_by_its_id_or_key_alone(command: Command, seeds: Seeds) -> None:
    seeds.whole(task_of(1))
    letter = seeds.dead_delivery(b"", Reason.CONFLICTING_DELIVERY, work=seeds.work(task_of(1)))
    assert letter.delivery is not None
    (key,) = seeds.keys(layout.DEAD)
    matched = [
        command("replay", *words, "--dry-run", "--json").told
        for words in (["--all"], [task_of(1)], [letter.delivery.id], [key])
    ]
    assert [told["matched"] for told in matched] == [0, 0, 1, 1]
    assert "forged" in matched[0]["left_out"][0]["why"]


def test_a_conflict_of_which_images_are_lost_again_stays_one_and_is_told_so(
    command: Command, seeds: Seeds
) -> None:
    """The task's manifest tells of the replay too, since what it kept stands there."""
    letter = seeds.dead_delivery(b"", Reason.CONFLICTING_DELIVERY, work=seeds.work(task_of(1)))
    assert letter.delivery is not None
    (key,) = seeds.keys(layout.DEAD)
    running = command.start("replay", letter.delivery.id, "--timeout", "30", "--json")
    replay = until(lambda: due_replay(seeds.bucket), 30)
    assert replay is not None
    seeds.manifest(task_of(1), seeds.kept(task_of(1)), replays=(replay,))
    again = structs.replace(letter, replays=(replay,), lost=(lost(reason=Reason.CUT_OFF),))
    seeds.bucket.put(key, again.to_pretty_json())
    seeds.bucket.delete(seeds.keys(layout.DUE)[0])
    out, _ = running.communicate(timeout=30)
    item = json.loads(out)["items"][0]
    assert (running.returncode, item["outcome"], item["reason"]) == (1, "failed again", "cut_off")


def test_a_task_that_is_whole_has_nothing_to_replay(command: Command, seeds: Seeds) -> None:
    seeds.whole(task_of(1))
    ran = command("replay", task_of(1))
    assert (ran.code, "nothing to replay" in ran.out) == (0, True)


def test_where_nothing_matches_nothing_is_done(command: Command) -> None:
    assert command("replay", "--all").code == 0


def test_a_task_that_is_not_there_is_a_problem(command: Command) -> None:
    assert command("replay", task_of(9)).code == 1


def test_it_is_followed_until_the_task_is_whole(command: Command, seeds: Seeds) -> None:
    key = seeds.letter(task_of(1))
    running = command.start("replay", task_of(1), "--timeout", "30", "--json")
    replay = until(lambda: due_replay(seeds.bucket), 30)
    assert replay is not None
    seeds.manifest(task_of(1), seeds.kept(task_of(1)), replays=(replay,))
    seeds.bucket.delete(key)
    out, _ = running.communicate(timeout=30)
    assert (running.returncode, json.loads(out)["items"][0]["outcome"]) == (0, "archived")


def test_what_fails_again_is_told_with_its_reason(command: Command, seeds: Seeds) -> None:
    seeds.letter(task_of(1))
    running = command.start("replay", task_of(1), "--timeout", "30", "--json")
    replay = until(lambda: due_replay(seeds.bucket), 30)
    assert replay is not None
    seeds.letter(task_of(1), Reason.CUT_OFF, replays=(replay,))
    seeds.bucket.delete(seeds.keys(layout.DUE)[0])
    out, _ = running.communicate(timeout=30)
    item = json.loads(out)["items"][0]
    assert (running.returncode, item["outcome"], item["reason"]) == (1, "failed again", "cut_off")


def test_a_task_that_stays_incomplete_has_failed_again(command: Command, seeds: Seeds) -> None:
    seeds.letter(task_of(1))
    running = command.start("replay", task_of(1), "--timeout", "30", "--json")
    replay = until(lambda: due_replay(seeds.bucket), 30)
    assert replay is not None
    seeds.manifest(task_of(1), seeds.kept(task_of(1)), lost(1), replays=(replay,))
    seeds.bucket.delete(seeds.keys(layout.DUE)[0])
    out, _ = running.communicate(timeout=30)
    assert (running.returncode, json.loads(out)["items"][0]["outcome"]) == (1, "failed again")


def test_what_is_not_settled_in_time_is_told_as_still_due(command: Command, seeds: Seeds) -> None:
    seeds.letter(task_of(1))
    ran = command("replay", task_of(1), "--timeout", "0.3")
    assert (ran.code, "still due" in ran.out) == (1, True)


def test_an_interrupt_ends_the_waiting_and_leaves_the_work_due(command: Command, seeds: Seeds) -> None:
    seeds.letter(task_of(1))
    running = command.start("replay", task_of(1), "--timeout", "600")
    assert running.stderr is not None
    assert "due again" in running.stderr.readline()
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=RUN_S)
    assert (running.returncode, "Interrupted" in err, "Traceback" in err) == (130, True, False)
    assert len(seeds.keys(layout.DUE)) == 1
