"""No ticket, key, token or link's query stands in a log, in an open object, in an answer or in a verb's output."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.canary import PRIVATE, Canary, open_places, prepared
from tests.system.stack import ROOT, Stack, running, until


def task_id() -> str:
    return f"task-unified-1795000004-{uuid.uuid4().hex[:8]}"


class Story:
    """What is done to a stack, and what was said meanwhile."""

    def __init__(self, stack: Stack, canary: Canary) -> None:
        self.stack, self.canary = stack, canary
        self.said: dict[str, bytes] = {}
        self.url = stack.callback_url()
        canary.watch("a good ticket", self.url.rsplit("/", 1)[1])
        canary.watch("a good ticket's signature", self.url.rsplit(".", 1)[1])

    def link(self, what: str, host: str = "https://files.evolink.ai") -> str:
        return f"{host}/a.png?Expires=1&Signature={self.canary.mark(what)}"

    def ask(self, name: str, method: str, path: str, body: Any = None, **headers: str) -> int:
        """A request to the receiver; its answer is said to somebody."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        answer = self.stack.http.request(
            method, self.stack.line["callbacks"] + path, body=content, headers=headers
        )
        self.said[f"answer to {name}"] = answer.data + repr(dict(answer.headers)).encode()
        return answer.status

    def run(self, *words: str, **more: str) -> str:
        """A verb; what it says is said to somebody."""
        done = self.stack.fixative(*words, check=False)
        self.said[f"fixative {' '.join(words)}{more or ''}"] = f"{done.stdout}\n{done.stderr}".encode()
        return done.stdout

    # what is done ---------------------------------------------------------------------------
    def images_ordered(self) -> list[str]:
        """A task that is kept, one whose link is dead, one that is damaged: they end while the rest is done."""
        faults: tuple[dict[str, Any], ...] = (
            {},
            {"link": 404},
            {"image": "damaged"},
            {"image": "html"},
            {"image": "redirect"},
        )
        request = {"model": "gpt-image-2", "size": "1:1"}
        return [self.stack.order({**request, "simulate": fault}, callback_url=self.url) for fault in faults]

    def images_ended(self, tasks: list[str]) -> None:
        """What became of them is shown."""
        for task in tasks:
            until(f"an ending of {task}", lambda task=task: self.ended(task), 90)  # type: ignore[misc]
            self.canary.watch_links(link["url"] for link in self.stack.simulated(task)["links"])
            self.shown(task)

    def bodies(self) -> None:
        """Callbacks that talk too much, lead elsewhere or cannot be read."""
        talkative, forbidden, metadata = task_id(), task_id(), task_id()
        message = f"no {self.link('query in a message')}\nINFO forged {self.url} Bearer {self.canary.mark('bearer')}"
        self.stack.post(
            {
                "id": talkative, "status": "failed", "model": self.link("query in a model"),
                "error": {"code": f"c {self.link('query in a code')}", "message": message},
                "usage": {"callback_url": self.url, "api_key": self.canary.mark("key in usage"),
                          "note": self.link("query in usage"), "credits_used": 3},
            }
        )  # fmt: skip
        self.stack.post(
            {
                "id": forbidden,
                "status": "completed",
                "results": [self.link("forbidden", "https://evil.example")],
            }
        )
        inside = f"https://user:{self.canary.mark('password')}@169.254.169.254/a.png?s={self.canary.mark('inside')}"
        self.stack.post({"id": metadata, "status": "completed", "results": [inside]})
        raw = [
            f"not json {self.link('query in rubbish')} {self.url}".encode(),
            json.dumps({"id": self.link("query in an id"), "status": "failed"}).encode(),
            json.dumps({"id": task_id(), "status": self.link("query in a status")}).encode(),
            json.dumps({"id": task_id(), "status": "completed", "results": [],
                        "callback_url": f"https://h/callbacks/evolink/{self.canary.mark('callback')}"}).encode(),
        ]  # fmt: skip
        for body in raw:
            assert 202 == self.stack.post(
                body, headers={"User-Agent": self.link("query in a header"), "X-Request-Id": self.url}
            )
        echoed = self.echoes()
        for task in (talkative, forbidden, metadata, *echoed):
            until(f"an ending of {task}", lambda task=task: self.ended(task), 60)  # type: ignore[misc]
            self.shown(task)
        until("the letters", lambda: len(self.delivery_letters()) >= len(raw) + 1, 60)
        letter = until(
            "the other's", lambda: next((key for key in self.delivery_letters() if "/kie/" in key), "")
        )
        self.shown(letter.rsplit("delivery-", 1)[1].removesuffix(".json"))

    def echoes(self) -> list[str]:
        """Callbacks that repeat their request, URL and all, as JSON within a text: one ending, one that cannot be read."""
        url, ended = self.stack.callback_url("kie"), uuid.uuid4().hex
        self.canary.watch("a ticket that is repeated", url.rsplit("/", 1)[1])
        inputs = {"prompt": "p", "webhook_secret": self.canary.mark("secret in what is repeated")}
        param = json.dumps({"callBackUrl": url, "input": json.dumps(inputs)}).replace("/", "\\/")
        said = {"failMsg": f"could not post to {url}", "failCode": "500", "param": param}
        shown = {"X-Webhook-Timestamp": "1", "X-Webhook-Signature": self.canary.mark("a shown signature")}
        for task, state in ((ended, "fail"), (uuid.uuid4().hex, "melted")):
            body = {"code": 501, "msg": param, "data": {"taskId": task, "state": state, **said}}
            assert 202 == self.stack.post(body, url, headers=shown)
        return [ended]

    def orders(self) -> None:
        """Orders with a callback URL and signed references; one of them is bad."""
        authorised = {"Authorization": f"Bearer {self.canary.marks['API token']}"}
        request = {
            "model": "gpt-image-2", "prompt": "a lighthouse", "size": "1:1", "callback_url": self.url,
            "image_urls": [self.link("query of a reference")],
        }  # fmt: skip
        task, bad = self.stack.order(request), task_id()
        told = {"provider": "evolink", "task_id": task, "request": request, "label": "canary"}
        assert 202 == self.ask("an order", "POST", "/orders", told, **authorised)
        told = {"provider": "evolink", "task_id": bad, "request": {**request, "n": self.link("query in n")}}
        assert 202 == self.ask("a bad order", "POST", "/orders", told, **authorised)
        until("the order's task", lambda: self.ended(task), 60)
        self.canary.watch_links(link["url"] for link in self.stack.simulated(task)["links"])
        self.shown(task)
        for each in (task, bad):
            self.ask(f"GET {each}", "GET", f"/tasks/evolink/{each}", **authorised)
        file = self.stack.data / "request.json"
        file.write_text(json.dumps({"model": "gpt-image-2", "prompt": "x", "size": "1:1"}))
        self.run("submit", "--provider", "evolink", "--json", str(file))

    def wrong_requests(self) -> None:
        """Tickets and tokens that are wrong, and others' words in every place."""
        sent = self.canary.marks["a sent ticket"]
        assert 404 == self.ask("a wrong ticket", "POST", f"/callbacks/evolink/{sent}", b"{}")
        assert 404 == self.ask(
            "another's ticket",
            "POST",
            self.url.replace("evolink", "apiinone")[len(self.stack.line["callbacks"]) :],
            b"{}",
        )
        assert 405 == self.ask("GET of a good one", "GET", self.url[len(self.stack.line["callbacks"]) :])
        assert 401 == self.ask(
            "a wrong token", "POST", "/orders", {}, Authorization=f"Bearer {self.canary.mark('wrong token')}"
        )
        assert 404 == self.ask("elsewhere", "GET", f"/x?sig={self.canary.mark('query elsewhere')}")
        authorised = {"Authorization": f"Bearer {self.canary.marks['API token']}"}
        assert 400 == self.ask(
            "no order", "POST", "/orders", f"{{{self.link('query in no order')}".encode(), **authorised
        )

    def outage(self) -> None:
        """S3 is frozen while a callback comes, then comes back."""
        task = task_id()
        self.stack.signal("s3", signal.SIGSTOP)
        try:
            body = {
                "id": task,
                "status": "completed",
                "results": [self.link("query in an outage", "https://evil.example")],
            }
            assert 202 == self.stack.post(body)
            self.run("doctor", during="an outage")
        finally:
            self.stack.signal("s3", signal.SIGCONT)
        until("the spooled task", lambda: self.ended(task), 90)

    def verbs(self) -> None:
        """Every verb that tells something."""
        for key in self.delivery_letters():
            self.shown(key.rsplit("delivery-", 1)[1].removesuffix(".json"))
        self.run("trigger", "dead-link", "--json")
        for words in (
            ["ls"],
            ["failed"],
            ["doctor"],
            ["replay", "--all", "--dry-run"],
            ["replay", "--all", "--yes", "--no-wait"],
        ):
            self.run(*words)
            self.run(*words, "--json")
        self.run("fetch", task_id(), "--json")

    def bad_settings(self) -> None:
        """Settings that are wrong are refused without being shown."""
        wrong = {
            "TICKET_KEYS": f"k1:{self.canary.mark('short key')}", "API_TOKEN": "short-token-1",
            "REDIS_URL": f"redis://:{self.canary.mark('redis password')}@127.0.0.1:1/0",
            "LEASE_S": self.canary.mark("a secret in the wrong place"), "PORT": self.canary.mark("another"),
        }  # fmt: skip
        self.canary.watch("a short token", "short-token-1")
        environment = {**self.stack.line["env"], **wrong}
        for words in (["-m", "receiver"], ["-m", "workers"]):
            done = subprocess.run(
                [sys.executable, *words],
                capture_output=True,
                timeout=60,
                check=False,
                cwd=ROOT,
                env=environment,
            )
            assert 2 == done.returncode
            self.said[f"refusal of {words[-1]}"] = done.stdout + done.stderr
        done = subprocess.run(
            [str(Path(sys.executable).with_name("fixative")), "doctor"],
            capture_output=True, timeout=60, check=False, cwd=self.stack.data, env=environment,
        )  # fmt: skip
        self.said["doctor with bad settings"] = done.stdout + done.stderr

    # looking --------------------------------------------------------------------------------
    def ended(self, task: str) -> bool:
        return bool(self.stack.manifest(task) or self.stack.letter(task))

    def shown(self, name: str) -> None:
        self.run("show", name)
        self.run("show", name, "--json")

    def delivery_letters(self) -> list[str]:
        return [key for key in self.stack.keys("dead/") if "/delivery-" in key]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    canary, folder = Canary(), tmp_path_factory.mktemp("secrets")
    options, environment = prepared(folder, canary)
    with running(folder, *options, environment=environment) as stack:
        story = Story(stack, canary)
        tasks = story.images_ordered()
        story.bodies()
        story.orders()
        story.wrong_requests()
        story.bad_settings()
        story.outage()
        story.images_ended(tasks)
        story.verbs()
        yield story


@pytest.mark.timeout(400)
def test_no_secret_stands_in_a_log_or_in_an_open_object(story: Story) -> None:
    places = open_places(story.stack)

    assert [] == story.canary.seen(places)
    assert {"log receiver.log", "log worker.log"} <= set(places)
    assert any(place.endswith("manifest.json") for place in places)


def test_no_secret_stands_in_an_answer_or_in_what_a_verb_says(story: Story) -> None:
    assert [] == story.canary.seen(story.said)
    assert len(story.said) > 30


def test_the_marks_were_there_to_be_seen(story: Story) -> None:
    """Else the tests above would hold of a stack that was never given them."""
    stack = story.stack
    private = {key: content for key, content in stack.standing().items() if key.startswith(PRIVATE)}
    bodies = {
        key: base64.b64decode(told["body"])
        for key, content in private.items()
        if key.endswith(".json") and (told := json.loads(content).get("delivery"))
    }
    seen = {
        entry.partition(" in dead")[0].partition(" in due")[0]
        for entry in story.canary.seen(private | bodies)
    }

    assert {"query in rubbish", "query in an id", "callback"} <= seen


def test_a_strangers_line_break_begins_no_line_of_a_log(story: Story) -> None:
    lines = [
        line
        for path in (story.stack.data / "log").glob("*.log")
        if path.stem in {"receiver", "worker"}
        for line in path.read_text().splitlines()
    ]

    assert [] == [line for line in lines if line.startswith("INFO forged")]
