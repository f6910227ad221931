"""Orders: what was told is archived although no callback comes; programs ask what became of it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from archive.records.told_order import ORDER_TYPE
from archive.task_ids import filed_id
from tests.system.programs import REQUEST, TOKEN, asked, status, tell
from tests.system.stack import ROOT, Stack, running, until
from tests.system.test_road import archived
from tests.system.told import findings, ways

# Asked for after 2 s, then every few seconds; links (and with them the asking) live for a minute and a half.
QUICK = {
    "API_TOKEN": TOKEN,
    "ASK_FIRST_S": "2",
    "ASK_MOST_S": "4",
    "LINK_LIFE_H": "0.025",
    "RETRY_FIRST_S": "2",
    "INBOX_GRACE_S": "3",
    "SWEEP_IDLE_S": "1",
    "SWEEP_BUSY_S": "1",
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that asks soon."""
    with running(tmp_path_factory.mktemp("orders"), environment=QUICK, console=True) as stack:
        yield stack


def test_with_every_third_callback_lost_all_images_are_archived_through_their_orders(stack: Stack) -> None:
    def ordered(place: int) -> str:
        lost = {"simulate": {"callback": "lost"}} if place % 3 == 0 else {}
        task = stack.order({**REQUEST, "output_format": "jpeg", **lost})
        assert 202 == tell(stack, task, {**REQUEST, "output_format": "jpeg"}, label=f"batch/{place}")
        return task

    stack.callback_url()
    with ThreadPoolExecutor(8) as pool:
        tasks = list(pool.map(ordered, range(30)))
    for place, task in enumerate(tasks):
        manifest = archived(stack, task, 90)
        assert ("ask" if place % 3 == 0 else "callback") in ways(manifest)

    def told_all() -> bool:
        return all(map(stack.ordered_manifest, tasks))

    until("the orders in the manifests", told_all, 60, 1.0)
    until("rest", lambda: not any(task in key for task in tasks for key in stack.keys("due/")), 60, 1.0)
    assert {REQUEST["prompt"]} == {stack.manifest(task)["order"]["prompt"] for task in tasks}
    assert {f"batch/{place}" for place in range(30)} == {stack.manifest(task)["label"] for task in tasks}
    assert not any(REQUEST["prompt"] in json.dumps(letter) for letter in stack.letters())


def test_an_order_that_is_told_afterwards_brings_its_findings(stack: Stack) -> None:
    task = stack.order(REQUEST)
    assert set() == findings(archived(stack, task))
    assert 202 == tell(stack, task, {**REQUEST, "size": "1024x1536", "n": 2})

    manifest = until("the order", lambda: (told := stack.manifest(task))["order"] and told, 60)
    assert {"dimensions", "count"} == findings(manifest)
    assert 1 == len(manifest["notifications"])


def test_a_dead_link_is_healed_by_a_fresh_one(stack: Stack) -> None:
    task = stack.order({**REQUEST, "n": 2, "simulate": {"link": 404, "fresh": True, "index": 1}})
    manifest = archived(stack, task)

    assert ["kept", "kept"] == [asset["asset"] for asset in manifest["assets"]]
    assert stack.letter(task) is None


def test_a_callback_that_names_no_image_is_answered_by_the_provider(stack: Stack) -> None:
    task = stack.order({**REQUEST, "simulate": {"callback": "lost"}})
    labelled = stack.callback_url("evolink", "--label", "says/nothing")
    assert 202 == stack.post({"id": task, "status": "completed", "results": [""]}, labelled)
    manifest = archived(stack, task, 60)

    assert ({"ask"}, "says/nothing") == (ways(manifest), manifest["label"])
    until("no letter of it", lambda: not any(each["task_id"] == task for each in stack.letters()))


def test_a_failed_task_whose_callback_was_lost_is_told(stack: Stack) -> None:
    task = stack.order({**REQUEST, "simulate": {"callback": "lost", "status": "failed"}})
    assert 202 == tell(stack, task)

    assert "failed" == until("the manifest", lambda: stack.manifest(task))["status"]
    assert ("failed", "content_policy_violation") == (
        status(stack, task)["status"],
        status(stack, task)["error"]["code"],
    )


@pytest.mark.parametrize("token", [None, "", "another-token-of-tests", TOKEN[:-1]])
def test_without_the_token_nothing_is_told(stack: Stack, token: str | None) -> None:
    for method, path in (("POST", "/orders"), ("GET", "/tasks/evolink/task-unified-1795000001-whatever")):
        assert 401 == asked(stack, method, path, b"{}" if method == "POST" else None, token)[0]


def test_a_task_that_nobody_knows_is_unknown(stack: Stack) -> None:
    assert (404, "unknown") == (
        asked(stack, "GET", "/tasks/evolink/task-unified-1795000001-whatever")[0],
        status(stack, "task-unified-1795000001-whatever")["status"],
    )


def test_an_order_that_no_reader_understands_is_a_dead_letter_without_its_ticket(stack: Stack) -> None:
    task = "task-unified-1795000002-badorder"
    assert 202 == tell(stack, task, {**REQUEST, "n": "two", "callback_url": stack.callback_url()})

    def letter() -> Any:
        return next((each for each in stack.letters() if each["task_id"] == task), None)

    assert "bad_order" == until("the letter", letter)["reason"]
    ticket = stack.callback_url().rpartition("/")[2]
    assert not any(ticket.encode() in content for content in stack.standing("dead/").values())


def test_a_callback_url_takes_no_orders_neither_at_first_nor_replayed(stack: Stack) -> None:
    """Whoever has a callback URL writes the content type; what came is told by the door alone."""
    task = "task-unified-1795000003-planted1"
    planted = json.dumps({"task_id": task, "request": REQUEST, "label": "planted"}).encode()
    assert 202 == stack.post(planted, headers={"Content-Type": ORDER_TYPE})

    def letter() -> Any:
        return stack.delivery_letter("no_task_id", planted) or stack.delivery_letter("no_status", planted)

    told = until("the letter", letter)["delivery"]
    stack.fixative("replay", told["id"], "--yes", check=False)
    until("the replay in the letter", lambda: letter()["replays"], 30)

    assert ("callback", ORDER_TYPE) == (letter()["delivery"].get("via", "callback"), told["content_type"])
    assert not [key for key in stack.keys("") if task in key]


def test_submit_makes_the_task_and_tells_its_order(stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps({**REQUEST, "size": "2:3", "simulate": {"callback": "lost"}}))
    told = json.loads(
        stack.fixative("submit", "--provider", "evolink", str(file), "--label", "spring", "--json").stdout
    )
    manifest = archived(stack, told["task_id"], 60)

    assert (True, "/***") == (told["order_told"], told["callback_url"][-4:])
    assert ("spring", "2:3", REQUEST["prompt"], set()) == (
        manifest["label"],
        manifest["order"]["size"],
        manifest["order"]["prompt"],
        findings(manifest),
    )


def test_a_submitted_task_that_calls_back_has_its_whole_order(stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps(REQUEST))
    task = stack.fixative("submit", "--provider", "evolink", str(file)).stdout.strip()
    manifest = until("the whole order", lambda: stack.ordered_manifest(task), 60)
    assert "callback" in ways(manifest)


@pytest.mark.parametrize(
    ("switches", "code", "outcome"),
    [({}, 0, "archived"), ({"status": "failed"}, 1, "failed"), ({"link": 404}, 1, "not yet")],
)
def test_submit_waits_until_the_task_has_ended(
    stack: Stack, tmp_path: Path, switches: dict[str, Any], code: int, outcome: str
) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps({**REQUEST, "simulate": switches}))
    words = ["--wait", "--timeout", "3" if outcome == "not yet" else "60", "--json"]
    ran = stack.fixative("submit", "--provider", "evolink", str(file), *words, check=False)
    told = json.loads(ran.stdout)

    assert (code, outcome) == (ran.returncode, told["outcome"])
    assert len(told["images"]) == (outcome == "archived")


def test_fetch_archives_tasks_by_their_ids(stack: Stack) -> None:
    tasks = [stack.order({**REQUEST, "simulate": {"callback": "lost"}}) for _ in range(3)]
    for task in tasks:
        until("the simulated task", lambda task=task: stack.simulated(task)["links"])  # type: ignore[misc]
    done = stack.fixative("fetch", *tasks, "task-unified-1795000001-whatever", "--json", check=False)

    assert (1, ["entered", "entered", "entered", "unknown"]) == (
        done.returncode,
        [each["outcome"] for each in json.loads(done.stdout)],
    )
    for task in tasks:
        assert "ask" == archived(stack, task)["notifications"][0]["via"]
    again = stack.fixative("fetch", *tasks, "--json")
    assert {"here"} == {each["outcome"] for each in json.loads(again.stdout)}


def test_fetch_since_walks_the_list_of_the_provider(stack: Stack) -> None:
    task = stack.order({**REQUEST, "simulate": {"callback": "lost"}})
    until("the simulated task", lambda: stack.simulated(task)["links"])
    outcomes = {
        each["task_id"]: each["outcome"]
        for each in json.loads(stack.fixative("fetch", "--since", "1h", "--json").stdout)
    }

    assert "entered" == outcomes[task]
    archived(stack, task)


def test_the_example_for_python_tells_an_order(stack: Stack) -> None:
    task = stack.order({**REQUEST, "simulate": {"callback": "lost"}})
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs/examples/tell_an_order.py"), "evolink", task],
        input=json.dumps(REQUEST),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={"FIXATIVE_URL": stack.line["callbacks"], "API_TOKEN": TOKEN, "SSL_CERT_FILE": stack.line["ca"]},
    )

    assert (0, 26) == (done.returncode, len(done.stdout.strip())), done.stderr
    archived(stack, task, 60)


def test_an_id_of_any_characters_goes_every_way(stack: Stack, tmp_path: Path) -> None:
    """From the callback and its order to the manifest, the command, the console and the program's question."""
    other = stack.order({**REQUEST, "simulate": {"callback": "lost"}})
    until("its links", lambda: stack.simulated(other)["status"] == "completed")
    address, key = f"{stack.line['simulator']}/v1/tasks/{other}", {"Authorization": "Bearer test"}
    told = stack.http.request("GET", address, headers=key).json()
    task = f"-modèles/{other[-8:]}/..%2F_7"
    name, filed = f"evolink/{task}", filed_id(task)
    assert 202 == tell(stack, task)
    assert 202 == stack.post({**told, "id": task})

    manifest = until("its manifest with its order", lambda: stack.ordered_manifest(filed))
    assert (task, REQUEST["prompt"]) == (manifest["task_id"], manifest["order"]["prompt"])
    [image] = manifest["assets"]
    assert image["key"].rpartition("/")[0].endswith(f"/evolink/{filed}")
    assert f"orders/evolink/{filed}.json" in stack.keys("orders/")

    assert "archived" == status(stack, quote(task, safe=""))["status"]
    for words in (["--", task], ["--", task[:-2]], [name]):
        assert task == json.loads(stack.fixative("show", "--json", *words).stdout)["task_id"]
    until(
        "its line",
        lambda: task in [row["task_id"] for row in json.loads(stack.fixative("ls", "--json").stdout)],
    )
    assert f"/{quote(filed)}/00." in stack.fixative("link", "--", task).stdout
    assert "it is whole" in stack.fixative("replay", "--", task).stdout
    assert 1 == json.loads(stack.fixative("get", name, str(tmp_path), "--json").stdout)["copied"]
    [picture] = (tmp_path / "evolink" / filed).glob("*.png")
    assert hashlib.sha256(picture.read_bytes()).hexdigest() == image["sha256"]

    console, cookies = stack.line["console"], {}
    link = json.loads(stack.fixative("open", "--json").stdout)["console"]
    cookies["Cookie"] = (
        stack.http.request("GET", link, redirect=False).headers["Set-Cookie"].partition(";")[0]
    )
    for path in (
        f"/tasks/evolink/{filed}",
        f"/tasks/evolink/{quote(task, safe='')}",
        f"/pictures/evolink/{filed}/0",
    ):
        page = stack.http.request("GET", console + path, headers=cookies)
        assert (200, True) == (page.status, escape(task) in page.data.decode()), path
    assert (
        f"/tasks/evolink/{filed}" in stack.http.request("GET", console + "/", headers=cookies).data.decode()
    )
