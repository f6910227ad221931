"""What cannot be had while its links live: given up with them, with its reason, and replayed when it can be had.

All of it is ordered when the first test begins, so that the links' half minute is waited for once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.system.collector import Collector, collecting
from tests.system.programs import REQUEST, TOKEN, status, tell
from tests.system.stack import Stack, running, until
from tests.system.story_lines import OURS, lines, road, steps, story, told_until
from tests.system.submitting import IMAGES, submitted
from tests.system.test_road import archived

# The links live for half a minute, and so long is the provider asked.
SHORT_LIVED = {
    "API_TOKEN": TOKEN,
    "LOG_FORMAT": "json",
    "ASK_FIRST_S": "2",
    "ASK_MOST_S": "4",
    "LINK_LIFE_H": "0.0085",
    "RETRY_FIRST_S": "1",
    "RETRY_MOST_S": "5",
    "INBOX_GRACE_S": "5",
    "SWEEP_IDLE_S": "1",
    "SWEEP_BUSY_S": "1",
}
LOST: dict[str, tuple[dict[str, Any], str, str]] = {
    "gone": ({"link": 404}, "link_expired", "source_gone"),
    "forbidden": ({"link": 403}, "link_expired", "source_gone"),
    "gone for good": ({"link": 410}, "link_expired", "source_gone"),
    "cut off": ({"link": "cut_off"}, "link_expired", "cut_off"),
    "a page": ({"image": "html"}, "not_an_image", "HTML"),
    "damaged": ({"image": "damaged"}, "undecodable", ""),
}
ONE_OF_THREE, ONE_OF_TWO = "one of three", "one of two"
UNHEARD = "task-unified-1795000001-neverwas"
GIVEN_UP_S = 90.0
# fal tells no end: its links live from the receipt on.
OF_FAL = "764cabcf-b745-4b3e-ae38-1200304cf45b"
# So do WaveSpeed's; and kie.ai's are the same wherever it is asked for fresh ones.
SUBMITTED = ("kie", "wavespeed")

# These tell their end, minutes before the callback came.
ID_OF_LATE = {"replicate": "vcscvthbaxrm80cq9xqtcbaw4m", "bfl": "gen_late1234"}
LATE_S = {"replicate": 3720, "bfl": 660}


def late(name: str, link: str, ended: datetime) -> bytes:
    """A callback of a task that ended then, in the provider's words."""
    moment, task_id = f"{ended:%Y-%m-%dT%H:%M:%S.%f}000Z", ID_OF_LATE[name]
    told: dict[str, Any] = {"id": task_id, "status": "Ready", "result": {"sample": link}, "timestamp": moment}
    if name == "replicate":
        told = {"id": task_id, "status": "succeeded", "output": [link], "completed_at": moment}
    return json.dumps(told).encode()


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    """Where the stack's traces go."""
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[Stack]:
    """A stack whose links are soon dead, and which tells its traces."""
    traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    with running(
        tmp_path_factory.mktemp("given-up"), environment=SHORT_LIVED | traced, console=True
    ) as stack:
        yield stack


@pytest.fixture(scope="module", autouse=True)
def lost_tasks(stack: Stack) -> dict[str, str]:
    """Each fault's task, all ordered at the same time; and an order of which nothing is heard."""
    assert 202 == tell(stack, UNHEARD, label="lost/one")
    gone = f"{stack.line['simulator']}/media/images/2026/01/01/{'0' * 32}_0.png"
    told = {"request_id": OF_FAL, "status": "OK", "error": None, "payload": {"images": [{"url": gone}]}}
    assert 202 == stack.post(told, stack.callback_url("fal"))
    faults = {name: (1, switches) for name, (switches, _, _) in LOST.items()}
    faults |= {ONE_OF_THREE: (3, {"link": 404, "index": 1}), ONE_OF_TWO: (2, {"link": 404, "index": 1})}
    ordered = {name: submitted(stack, name, link=404) for name in SUBMITTED}
    return ordered | {
        name: stack.order({**REQUEST, "n": n, "simulate": switches}) for name, (n, switches) in faults.items()
    }


def test_of_an_order_nothing_is_known_but_that_it_is_one(stack: Stack) -> None:
    until("the order", lambda: status(stack, UNHEARD)["status"] in {"ordered", "dead"})


@pytest.mark.parametrize("name", LOST)
def test_what_cannot_be_had_while_its_link_lives_is_a_dead_letter_and_nothing_in_tasks(
    stack: Stack, lost_tasks: dict[str, str], name: str
) -> None:
    task, (_, reason, why) = lost_tasks[name], LOST[name]
    letter = until(f"the letter of {task}", lambda: stack.letter(task), GIVEN_UP_S)

    [lost] = letter["lost"]
    assert (reason, True) == (lost["reason"], why in lost["detail"])
    assert not any(task in key for key in stack.keys("tasks/"))
    until("rest", lambda: not stack.due(task))
    assert (lost["refused_key"] is not None) == (reason in {"not_an_image", "undecodable"})


@pytest.mark.parametrize("name", ["fal", *SUBMITTED])
def test_a_link_of_a_provider_that_tells_no_end_expires_by_its_receipt(
    stack: Stack, lost_tasks: dict[str, str], name: str
) -> None:
    task = lost_tasks.get(name, OF_FAL)
    letter = until("its letter", lambda: stack.letter(task), GIVEN_UP_S)
    assert name == letter["provider"]
    images = IMAGES[name] if name in SUBMITTED else 1
    assert ["link_expired"] * images == [lost["reason"] for lost in letter["lost"]]
    assert letter["lost"][0]["tries"] > 1


@pytest.mark.parametrize("name", ID_OF_LATE)
def test_a_link_that_died_before_its_callback_came_is_given_up_with_its_reason(
    stack: Stack, name: str
) -> None:
    """Its life is counted from the end of the task, as the provider tells it, and its host is believed after a moment."""
    gone = f"{stack.line['simulator']}/media/images/2026/01/01/{'0' * 32}_0.png"
    body = late(name, gone, datetime.now(UTC) - timedelta(seconds=LATE_S[name]))
    assert 202 == stack.post(body, stack.callback_url(name))
    letter = until("its dead letter", lambda: stack.letter(ID_OF_LATE[name]), GIVEN_UP_S)
    [lost] = letter["lost"]
    # Replicate is asked for it, and knows no such task; nobody knows where to ask Black Forest Labs.
    assert lost["reason"] in ({"link_expired", "source_gone"} if name == "replicate" else {"link_expired"})


def test_of_a_dead_link_the_provider_was_asked_for_a_fresh_one(
    stack: Stack, lost_tasks: dict[str, str]
) -> None:
    letter = until("the letter", lambda: stack.letter(lost_tasks["gone for good"]), GIVEN_UP_S)

    assert "the provider names the same link" in letter["lost"][0]["detail"]


def test_programs_see_what_became_of_a_task(stack: Stack, lost_tasks: dict[str, str]) -> None:
    task = lost_tasks[ONE_OF_TWO]
    until("the letter", lambda: stack.letter(task), GIVEN_UP_S)
    told = status(stack, task)

    assert ("partial", "link_expired", [True, False]) == (
        told["status"],
        told["reason"],
        [asset["kept"] for asset in told["assets"]],
    )
    assert told["assets"][0]["sha256"] == stack.manifest(task)["assets"][0]["sha256"]
    whole = stack.order(REQUEST)
    archived(stack, whole)
    assert "archived" == status(stack, whole)["status"]


def test_one_lost_image_of_three_leaves_a_manifest_and_a_letter_and_a_replay_brings_it_in(
    stack: Stack, lost_tasks: dict[str, str]
) -> None:
    task = lost_tasks[ONE_OF_THREE]
    until("the letter", lambda: stack.letter(task), GIVEN_UP_S)
    assert ["kept", "lost", "kept"] == [asset["asset"] for asset in stack.manifest(task)["assets"]]

    stack.heal(task)
    stack.fixative("replay", task, "--why", "the origin was healed", "--yes")
    until("the letter to go", lambda: stack.letter(task) is None)
    manifest = archived(stack, task)
    assert (["kept"] * 3, "the origin was healed") == (
        [asset["asset"] for asset in manifest["assets"]],
        manifest["replays"][0]["why"],
    )
    until("the letter's line", lambda: "gone" in {line.get("letter") for line in story(stack, task)})
    told = story(stack, task)
    replayed = [line.get("replay") for line in told].index(manifest["replays"][0]["id"])
    assert ["begun", "kept", "archived", "listed"] == road(told[replayed:])


def test_a_task_that_nobody_ever_hears_of_is_a_dead_letter_and_a_replay_asks_again(stack: Stack) -> None:
    letter = until("the letter", lambda: stack.letter(UNHEARD), GIVEN_UP_S, 1.0)

    assert ("never_heard_of", "lost/one", True) == (
        letter["reason"],
        letter["label"],
        "does not know the task" in letter["detail"],
    )
    assert ("dead", "never_heard_of") == (
        status(stack, UNHEARD)["status"],
        status(stack, UNHEARD)["reason"],
    )
    stack.fixative("replay", UNHEARD, "--why", "ask again", "--yes", check=False)
    until("the replay in the letter", lambda: stack.letter(UNHEARD)["replays"], GIVEN_UP_S)
    until("rest", lambda: not stack.due(UNHEARD))


def test_one_search_for_a_task_tells_its_way_from_the_callback_to_the_manifest(stack: Stack) -> None:
    task = stack.order({**REQUEST, "n": 2})
    [delivery] = [heard["delivery_id"] for heard in archived(stack, task)["notifications"]]
    told = told_until(stack, task, "listed")
    assert ["settled", "begun", "kept", "archived", "listed"] == road(told)
    assert steps(told).count("kept") >= 2
    assert {("evolink", delivery)} == {(line["provider"], line["delivery"]) for line in told if "run" in line}
    assert (
        len({line.get("run") for line in told}) >= 3
    )  # settling, archiving, and the catalogue, which has none
    of_delivery = story(stack, delivery)
    assert ["durable", "settled", "begun", "kept", "archived"] == road(of_delivery)
    assert ["receiver", "worker"] == sorted({line["process"] for line in of_delivery})


def test_what_was_put_off_and_given_up_is_told_with_its_reason(
    stack: Stack, lost_tasks: dict[str, str]
) -> None:
    task = lost_tasks["gone"]
    until("the letter", lambda: stack.letter(task), GIVEN_UP_S)

    told = steps(told_until(stack, task, "dead_letter", "listed"))
    assert ["settled", "begun", "tried"] == told[:3]
    assert told.count("put_off") >= 2
    assert told.count("begun") > told.count("put_off")
    assert {"source_gone"} == {line["reason"] for line in story(stack, task) if line.get("step") == "put_off"}


def test_every_line_of_every_process_is_json_of_the_same_form(stack: Stack) -> None:
    stack.post(
        b'{"id": "x\\nINFO forged", "status": "\\u2028{\\"level\\": \\"info\\"}"}\n{"level": "forged"}'
    )
    told = [json.loads(line) for line in lines(stack)]

    common = {"time", "level", "process", "pid", "logger", "message"}
    assert [] == [line for line in told if not common <= set(line) or line["level"] == "forged"]
    assert set(OURS) == {line["process"] for line in told}
    assert "uvicorn.error" in {line["logger"] for line in told}
    assert max(map(len, lines(stack))) < 16_384


def test_one_trace_goes_from_the_door_to_the_manifest_through_every_later_run(
    stack: Stack, collector: Collector
) -> None:
    task = stack.order({**REQUEST, "simulate": {"link": 404}})
    until("a later run", lambda: steps(story(stack, task)).count("begun") >= 2)
    stack.heal(task)
    archived(stack, task)

    spans = until("the manifest's span", lambda: collector.whole_trace(task, "manifest"))
    [trace] = {span.trace for span in spans}
    [door] = [span for span in spans if not span.parent]
    assert ("accept", "fixative-receiver") == (door.name, door.service)
    assert {span.parent for span in spans} - {""} <= {span.id for span in spans}
    runs = [span for span in spans if span.name == "archive"]
    assert len(runs) >= 2
    inside = {span.name: span.parent for span in spans}
    assert {"commit", "settle", "download", "decode", "manifest", "s3 put", "s3 get"} <= set(inside)
    assert inside["decode"] in {run.id for run in runs}
    assert "fixative-receiver" in {span.service for span in spans if span.name == "s3 put"}
    assert "SourceTrouble: source_gone: the origin answered 404 Not Found" in {span.failed for span in spans}
    assert {trace} == {line["trace"] for line in story(stack, task) if "trace" in line}


def test_what_a_stranger_says_of_a_trace_is_not_believed_and_no_secret_is_sent(
    stack: Stack, collector: Collector
) -> None:
    task, theirs = "task-unified-1795000001-traced00", "0af7651916cd43dd8448eb211c80319c"
    link = "https://files.evolink.ai/a.png?Signature=MARKOFASECRET"
    body = json.dumps({"id": task, "status": "completed", "results": [link]}).encode()
    stack.post(body, headers={"traceparent": f"00-{theirs}-b7ad6b7169203331-01"})

    until("its spans", lambda: collector.whole_trace(task, "archive"))
    assert theirs not in {span.trace for span in collector.spans}
    sent = b"".join(collector.bodies)
    ticket = stack.callback_url().rsplit("/", 1)[1].encode()
    assert [] == [secret for secret in (b"MARKOFASECRET", ticket, TOKEN.encode()) if secret in sent]
