"""Restarting under load loses and refuses nothing."""

from __future__ import annotations

import json
import signal
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Self

import pytest
import urllib3

from tests.pace import Stopwatch
from tests.system.stack import Stack, until

RESTARTS = 4
# SIGTERM to exit; the stack needs another half a second to start it again.
STOP_S = 5.0


class Load:
    """Clients that post one callback after the other; every second one on a fresh connection each time."""

    def __init__(self, stack: Stack, clients: int = 8) -> None:
        self._stack, self._url = stack, stack.callback_url()
        self._over = threading.Event()
        self.answers: Counter[str] = Counter()
        self.accepted: list[str] = []
        self._threads = [threading.Thread(target=self._post, args=(place,)) for place in range(clients)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    def has_had(self, answers: int) -> bool:
        return sum(self.answers.values()) > answers

    def _post(self, place: int) -> None:
        headers = {"Connection": "close"} if place % 2 else {}
        with urllib3.PoolManager(ca_certs=self._stack.line["ca"], retries=False, timeout=10) as http:
            while not self._over.wait(0.01):
                task = f"task-unified-1795000002-{uuid.uuid4().hex[:12]}"
                body = json.dumps({"id": task, "status": "failed"}).encode()
                try:
                    answer = http.request("POST", self._url, body=body, headers=headers)
                except urllib3.exceptions.HTTPError as error:
                    self.answers[type(error).__name__] += 1
                    continue
                self.answers[str(answer.status)] += 1
                if answer.status == 202:
                    self.accepted.append(task)


@pytest.fixture
def load(stack: Stack) -> Iterator[Load]:
    with Load(stack) as load:
        yield load


def test_restarting_the_receiver_under_load_refuses_and_loses_nothing(stack: Stack, load: Load) -> None:
    for _ in range(RESTARTS):
        before = sum(load.answers.values())
        until("some load", partial(load.has_had, before + 100))
        with Stopwatch() as watch:
            old = stack.signal("receiver", signal.SIGTERM)
            until("the next receiver", partial(_other, stack, "receiver", old), 20)
        assert watch.within(STOP_S + 1), watch
    before = sum(load.answers.values())
    until("some load", partial(load.has_had, before + 100))
    load.__exit__()

    assert {"202"} == set(load.answers)
    until("all manifests", lambda: _named(stack) >= set(load.accepted), 120, 1.0)


def test_a_worker_that_is_stopped_gives_back_what_it_holds(stack: Stack) -> None:
    """Its work is due again immediately, not when its lease ends."""
    task = stack.order(
        {"model": "gpt-image-2", "size": "1:1", "simulate": {"link": "slow", "bytes_per_s": 2000}}
    )
    until("the download", lambda: any(link["requests"] for link in stack.simulated(task)["links"]))
    old = stack.signal("worker", signal.SIGTERM)
    stack.heal(task)
    until("the next worker", partial(_other, stack, "worker", old), 30)

    until("the images", lambda: stack.manifest(task), 30)


def _other(stack: Stack, name: str, old: int) -> bool:
    return stack.pid(name) != old


def _named(stack: Stack) -> set[str]:
    return {key.split("/")[-2] for key in stack.keys("tasks/") if key.endswith("/manifest.json")}
