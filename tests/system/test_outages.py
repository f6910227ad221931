"""Redis away, S3 away, everything killed: what was accepted arrives."""

from __future__ import annotations

import hashlib
import signal
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.system.stack import Stack, running, until

# After kill -9 a lease must end before its work is taken over: leases are short here, runs shorter.
QUICK = {
    "RETRY_FIRST_S": "2",
    "INBOX_GRACE_S": "3",
    "SWEEP_IDLE_S": "2",
    "SWEEP_BUSY_S": "1",
    "LEASE_S": "24",
    "RUN_S": "20",
}
PARTS = ("redis", "s3", "receiver", "worker")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of its own, whose parts are stopped and killed."""
    with running(tmp_path_factory.mktemp("outages"), environment=QUICK) as stack:
        yield stack


def completed_body(stack: Stack) -> tuple[str, dict[str, Any]]:
    """A task that the simulator has finished without calling back, and the body that it would have sent."""
    task = stack.order({"model": "gpt-image-2", "size": "1:1", "simulate": {"callback": "lost"}})

    def body() -> Any:
        told = stack.http.request(
            "GET", f"{stack.line['simulator']}/v1/tasks/{task}", headers={"Authorization": "Bearer test"}
        ).json()
        return told if told["status"] == "completed" else None

    return task, until("the simulated task", body)


def sound(stack: Stack, task: str) -> bool:
    """Whether the task is whole and its bytes are those of the origin."""
    manifest = stack.manifest(task)
    if manifest is None:
        return False
    true = [link["sha256"] for link in stack.simulated(task)["links"]]
    return true == [hashlib.sha256(stack.read(asset["key"])).hexdigest() for asset in manifest["assets"]]


def frozen(stack: Stack, name: str) -> Iterator[None]:
    """Freeze a part, then let it go on."""
    pid = stack.signal(name, signal.SIGSTOP)
    try:
        yield
    finally:
        stack.signal(name, signal.SIGCONT)
        assert pid == stack.pid(name)


def test_while_redis_is_frozen_callbacks_are_taken_and_the_images_arrive_when_it_is_back(
    stack: Stack,
) -> None:
    task, body = completed_body(stack)
    url = stack.callback_url()
    for _ in frozen(stack, "redis"):
        assert 202 == stack.post(body, url)
        assert stack.manifest(task) is None

    until("the images", partial(_quietly, partial(sound, stack, task)), 60)


def test_while_s3_is_frozen_callbacks_are_taken_from_the_spool_and_the_images_arrive(stack: Stack) -> None:
    task, body = completed_body(stack)
    url = stack.callback_url()
    for _ in frozen(stack, "s3"):
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: stack.post(body, url), range(16)))
        assert {202} == set(answers)
        assert list((stack.data / "spool").glob("*.spool"))
        assert 200 == stack.http.request("GET", f"{stack.line['callbacks']}/readyz").status

    until("the images", partial(_quietly, partial(sound, stack, task)), 60)
    until("rest", partial(_quietly, stack.at_rest), 60)
    notifications = stack.manifest(task)["notifications"]
    assert 16 == len(notifications)
    delivery = notifications[0]["delivery_id"]
    told = [
        line for line in (stack.data / "log" / "receiver.log").read_text().splitlines() if delivery in line
    ]
    assert ("durable: on=spool", "carried over: on=s3") == tuple(
        line.partition(" receiver.intake ")[2].partition(" via=")[0] for line in told[:2]
    )


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_killed_comes_back_and_nothing_is_lost(stack: Stack, part: str) -> None:
    url = stack.callback_url()
    bodies = [completed_body(stack) for _ in range(6)]
    for _, body in bodies[:3]:
        assert 202 == stack.post(body, url)
    stack.signal(part, signal.SIGKILL)
    for _, body in bodies[3:]:
        until("an answer of the door", partial(_taken, stack, body, url), 30)

    for task, _ in bodies:
        until(f"the images of {task}", partial(_quietly, partial(sound, stack, task)), 90)
    until("rest", partial(_quietly, stack.at_rest), 90)


def test_with_every_part_killed_at_once_what_was_accepted_arrives(stack: Stack) -> None:
    url = stack.callback_url()
    _with_a_letter(stack)
    bodies = [completed_body(stack) for _ in range(8)]
    for _, body in bodies:
        assert 202 == stack.post(body, url)
    unreadable = f"rubbish {uuid.uuid4()}".encode()
    assert 202 == stack.post(unreadable, url)
    for part in PARTS:
        stack.signal(part, signal.SIGKILL)

    for task, _ in bodies:
        until(f"the images of {task}", partial(_quietly, partial(sound, stack, task)), 120)
    until("the letter", lambda: stack.delivery_letter("not_json", unreadable), 60)
    until("rest", partial(_quietly, stack.at_rest), 60)


def test_a_stack_that_was_killed_with_all_its_parts_starts_again_and_ends_with_balanced_books(
    stack: Stack, tmp_path: Path
) -> None:
    """The links are those of the first stack's simulator, which lives on; the second stack dies and is started again."""
    origin = stack.line["simulator"].removeprefix("http://")
    bodies = [completed_body(stack) for _ in range(6)]
    with running(tmp_path, "--allow-source", origin, environment=QUICK) as first:
        url = first.callback_url()
        _with_a_letter(first)
        for _, body in bodies:
            assert 202 == first.post(body, url)
        assert 202 == first.post(b"rubbish", url)
        first.kill_everything()

    with running(tmp_path, "--allow-source", origin, environment=QUICK) as second:
        for task, _ in bodies:
            manifest: Any = until(f"the manifest of {task}", partial(second.manifest, task), 120)
            true = [link["sha256"] for link in stack.simulated(task)["links"]]
            assert true == [
                hashlib.sha256(second.read(asset["key"])).hexdigest() for asset in manifest["assets"]
            ]
        until("the letter", lambda: second.delivery_letter("not_json", b"rubbish"), 60)
        until("rest", second.at_rest, 90)


def _with_a_letter(stack: Stack) -> None:
    """Have a letter stand beside those to come.

    SeaweedFS that is killed in the middle of the first upload to a new folder may keep the object and not the folder: it
    is read by its key, and stands in no listing before another one is written there.
    """
    before = f"before {uuid.uuid4()}".encode()
    assert stack.post(before) == 202
    until("a letter before", lambda: stack.delivery_letter("not_json", before), 60)


def _taken(stack: Stack, body: Any, url: str) -> bool:
    return bool(_quietly(lambda: stack.post(body, url) == 202))


def _quietly(probe: Any) -> Any:
    """What a probe says, or None while the part that it asks is away."""
    try:
        return probe()
    except Exception:  # noqa: BLE001 - the part is being restarted; the wait around this is bounded
        return None
