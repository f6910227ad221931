"""A rolling update from the version before, and taking it back: real processes of both on one bucket and one Redis.

`make upgrade-test` runs it. What that version wrote is read from files by tests/unit/archive/records/test_older_versions.py.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.local.parts.receiver import answers
from infra.local.ports import free_block
from runtime.heartbeat import our_build
from tests.deploy.two_versions import beside, doctor_of, says, unpacked
from tests.system.programs import REQUEST
from tests.system.stack import ROOT, Stack, running, until
from tests.system.test_road import archived

QUICK = {
    "RETRY_FIRST_S": "2",
    "RETRY_MOST_S": "5",
    "INBOX_GRACE_S": "5",
    "SWEEP_IDLE_S": "1",
    "SWEEP_BUSY_S": "1",
}
DEAD_LINK: dict[str, Any] = {**REQUEST, "simulate": {"link": 404}}
NEWER = 99


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked(tmp_path_factory.mktemp("before"))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


def tries_of(stack: Stack, task: str) -> int:
    """How often the images of work that waits were tried; entries come and go meanwhile."""
    return max(
        (json.loads(body)["tries"] for key, body in stack.standing("due/").items() if task in key), default=0
    )


def no_record_was_given_up(stack: Stack) -> bool:
    return "malformed_record" not in {letter["reason"] for letter in stack.letters()}


def test_an_update_one_process_after_the_other_and_back_loses_nothing(before: Path, data: Path) -> None:
    older, newer = data / "older", data / "beside"
    older.mkdir()
    newer.mkdir()
    with running(older, root=before, environment=QUICK) as stack:
        first = stack.order(REQUEST)
        waits = stack.order(DEAD_LINK)
        archived(stack, first)

        # Side by side: callbacks through both doors, bells to both workers.
        port = free_block(1)
        log = newer / "worker.log"
        with (
            beside(stack, "workers", ROOT, log),
            beside(stack, "receiver", ROOT, newer / "receiver.log", PORT=str(port)),
        ):
            says(log, "worker ready")
            until("the newer door", lambda: answers(port, Path(stack.line["ca"])))
            told = doctor_of(stack)["versions"]
            assert told.startswith("2 side by side")
            assert our_build() in told
            own = stack.callback_url()
            other = own.replace(f":{stack.line['env']['PORT']}/", f":{port}/")
            tasks = [stack.order(REQUEST, callback_url=url) for url in (own, other) * 6]
            for task in tasks:
                archived(stack, task)
            both = {log: log.read_text(encoding="utf-8"), "older": (older / "log" / "worker.log").read_text()}
            assert all("archived" in text for text in both.values()), "one of the two did nothing"
        assert stack.due(waits)
        assert no_record_was_given_up(stack)

    # The newer alone, on what the older left.
    with running(older, environment=QUICK) as stack:
        assert our_build() in doctor_of(stack)["versions"]
        tried = tries_of(stack, waits)
        until("the newer to try what the older left", lambda: tries_of(stack, waits) > tried, 60)
        assert first in stack.fixative("ls").stdout
        stack.fixative("fsck")
        meets = leave_newer_records(stack)

    # Taken back: the older leaves alone what it cannot know, and does the rest.
    with running(older, root=before, environment=QUICK) as stack:
        archived(stack, stack.order(REQUEST))
        says(older / "log" / "worker.log", "newer_record")
        assert {key: stack.read(key) for key in meets} == meets
        assert no_record_was_given_up(stack)

    # And so does this version with what a later one writes.
    with running(older, environment=QUICK) as stack:
        says(older / "log" / "worker.log", "newer_record")
        assert {key: stack.read(key) for key in meets} == meets
        assert no_record_was_given_up(stack)


def leave_newer_records(stack: Stack) -> dict[str, bytes]:
    """A manifest and a due entry as a much newer version writes them, and a callback that meets that manifest."""
    task = stack.order(REQUEST)
    archived(stack, task)
    until("rest", stack.at_rest)
    key = next(key for key in stack.keys("tasks/") if key.endswith(f"/{task}/manifest.json"))
    entry = f"due/20260101T000000.000Z~evolink~{task}~later.json"
    written = {
        name: json.dumps({**told, "schema": NEWER}).encode()
        for name, told in (
            (key, json.loads(stack.read(key))),
            (entry, {"provider": "evolink", "task_id": task}),
        )
    }
    for name, body in written.items():
        stack.s3.put_object(Bucket=stack.bucket, Key=stack.prefix + name, Body=body)
    links = [link["url"] for link in stack.simulated(task)["links"]]
    again = {"id": task, "status": "completed", "model": "gpt-image-2", "created": 1, "results": links}
    assert stack.post(again) == 202
    return written
