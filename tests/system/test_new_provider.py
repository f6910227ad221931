"""A provider is one file: one that is made up is added to a copy of the project, and goes every way in it.

It speaks with another header, without a scheme, and by a query instead of a path. Starting the copy takes seconds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.newcomer.copied import copied
from tests.system.stack import Stack, running, until

NAME = "pixelmill"
QUICK = {
    "ASK_FIRST_S": "2", "ASK_MOST_S": "4", "RETRY_FIRST_S": "2", "INBOX_GRACE_S": "3", "SWEEP_IDLE_S": "1", "SWEEP_BUSY_S": "1",
}  # fmt: skip
SHARED = [
    f"tests/unit/providers/{name}.py"
    for name in (
        "test_readers",
        "test_reader_text",
        "test_reader_remarks",
        "test_registry",
        "reading/test_orders",
    )
]
REQUEST = {"oven": "stone", "prompt": "a mill at dusk", "format": "256x256", "copies": 1}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def stack(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack of the copy; what is imported is the copy's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(project))
        with running(tmp_path_factory.mktemp("newcomer"), environment=QUICK, root=project) as stack:
            yield stack


def told(stack: Stack, *words: str) -> Any:
    return json.loads(stack.fixative(*words, "--json").stdout)


def submitted(stack: Stack, **more: object) -> str:
    """Submit a request; the task's id."""
    request = stack.data / "request.json"
    request.write_text(json.dumps({**REQUEST, **more}))
    said = told(stack, "submit", str(request), "--provider", NAME)
    assert (NAME, True) == (said["provider"], said["order_told"])
    return str(said["task_id"])


def whole(stack: Stack, task_id: str) -> Any:
    manifest = until("its manifest", lambda: stack.manifest(task_id))
    assert ("completed", NAME, 1) == (manifest["status"], manifest["provider"], len(manifest["assets"]))
    return manifest


def test_its_payloads_and_the_shared_suite_try_its_reader(project: Path) -> None:
    # A folder of its own: two runs that clear away the same old ones may fail by it.
    own = f"--basetemp={project.parent / 'tried'}"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", own, "-k", NAME, *SHARED],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert 0 == done.returncode, done.stdout
    assert int(done.stdout.rpartition("\n")[0].rpartition("\n")[2].split()[0]) > 100


def test_a_url_is_minted_for_it_and_what_it_cannot_make_is_refused(stack: Stack) -> None:
    assert f"/callbacks/{NAME}/" in stack.callback_url(NAME, "--n", "4")
    refused = stack.fixative("url", "--provider", NAME, "--n", "5", check=False)
    assert (2, True) == (refused.returncode, "a task makes 1 to 4 images" in refused.stderr)


def test_its_callback_is_kept_with_its_own_header_where_it_cannot_be_read(stack: Stack) -> None:
    body = b'{"job": {"task_id": "mill-1-risen", "status": "risen"}}'
    headers = {"X-Mill-Event": "event-7", "X-Oneapi-Request-Id": "of another", "Date": "today"}
    assert 202 == stack.post(body, stack.callback_url(NAME), headers=headers)
    letter = until("its dead letter", lambda: stack.delivery_letter("unknown_status", body))
    assert {"x-mill-event": "event-7", "date": "today"}.items() <= letter["delivery"]["headers"].items()
    assert "x-oneapi-request-id" not in letter["delivery"]["headers"]


def test_what_is_submitted_to_it_is_kept(stack: Stack) -> None:
    task_id = submitted(stack)
    whole(stack, task_id)
    manifest = until("its order", lambda: stack.ordered_manifest(task_id))
    assert ("stone", "a mill at dusk", 1) == (
        manifest["model"], manifest["order"]["prompt"], manifest["order"]["n"],
    )  # fmt: skip


def test_a_lost_callback_is_asked_for_at_its_task_api(stack: Stack) -> None:
    manifest = whole(stack, submitted(stack, simulate={"callback": "lost"}))
    assert ["ask"] == [heard["via"] for heard in manifest["notifications"]]


def test_a_dead_link_of_its_is_exchanged_at_the_address_that_it_gave_the_task(stack: Stack) -> None:
    task_id = submitted(stack, simulate={"link": "404", "fresh": True})
    whole(stack, task_id)
    assert json.loads(stack.read(f"orders/{NAME}/{task_id}.json"))["task_url"].endswith(
        f"ref={task_id}&oven=7"
    )


def test_a_task_is_fetched_by_its_id(stack: Stack) -> None:
    simulated: Mapping[str, Any] = stack.http.request(
        "POST", f"{stack.line['simulator']}/v2/paint", json=REQUEST, headers={"X-Mill-Key": "key"}
    ).json()
    task_id = simulated["job"]["task_id"]
    until("the task to end", lambda: stack.simulated(task_id)["status"] == "completed")
    assert "entered" == told(stack, "fetch", f"{NAME}/{task_id}")[0]["outcome"]
    whole(stack, task_id)


@pytest.mark.parametrize("what", ["completed", "failed", "cancelled", "dead-link"])
def test_a_callback_in_its_words_is_triggered(stack: Stack, what: str) -> None:
    said = told(stack, "trigger", what, "--provider", NAME)
    assert (NAME, True) == (said["provider"], said["as_expected"])


def test_the_doctor_looks_at_its_settings(stack: Stack) -> None:
    checks = told(stack, "doctor")["checks"]
    assert [] == [check for check in checks if not check["ok"]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(stack.line["env"], "PIXELMILL_API_KEY", "two words")
        checks = json.loads(stack.fixative("doctor", "--json", check=False).stdout)["checks"]
    assert ["setting PIXELMILL_API_KEY"] == [check["name"] for check in checks if not check["ok"]]
