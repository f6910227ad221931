"""The load: tasks are ordered at the simulator, which calls back; what it would never send is posted besides.

A callback of ours is tried as the provider's are: four times, 10 s each, with 1, 2 and 4 s between.
"""

from __future__ import annotations

import heapq
import itertools
import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import urllib3

from infra.simulator.signing import SECRET
from tests.chaos.house import House
from tests.chaos.stories import OTHER, SHORT_LIVED, Story

WAITS_S = (0.0, 1.0, 2.0, 4.0)
TRY_S = 10.0
SENDERS = 32
Deed = Callable[[], None]


@dataclass
class Load:
    """Sends stories; afterwards it knows every task, and how many callbacks of ours were sent and refused."""

    house: House
    tasks: dict[str, Story] = field(default_factory=dict)
    sent: int = 0
    refused: int = 0
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._http = urllib3.PoolManager(retries=False, timeout=TRY_S, maxsize=SENDERS)
        self._lock = threading.Lock()
        self._later: list[tuple[float, int, Deed]] = []
        self._number = itertools.count()
        self._stop = threading.Event()

    def send(self, stories: Sequence[Story]) -> None:
        """Send all of them at their times, and what follows from each; returns when nothing is left to send."""
        began = time.monotonic()
        for story in stories:
            self._plan(began + story.at_s, partial(self._order, story))
        with ThreadPoolExecutor(SENDERS, "load") as pool:
            busy: list[Future[None]] = []
            while self._later or any(not job.done() for job in busy):
                with self._lock:
                    deed = heapq.heappop(self._later)[2] if self._due() else None
                if deed:
                    busy.append(pool.submit(self._guarded, deed))
                else:
                    self._stop.wait(0.01)
                    busy = [job for job in busy if not job.done()]

    def _due(self) -> bool:
        return bool(self._later) and self._later[0][0] <= time.monotonic()

    def _plan(self, at_s: float, deed: Deed) -> None:
        with self._lock:
            heapq.heappush(self._later, (at_s, next(self._number), deed))

    def _guarded(self, deed: Deed) -> None:
        try:
            deed()
        except Exception as error:  # noqa: BLE001 - told with the balance, and no balance with trouble is good
            self.troubles.append(f"load: {type(error).__name__}: {error}")

    def _order(self, story: Story) -> None:
        """Order a task, and plan what follows."""
        number = next(self._number)
        if story.kind == "unreadable":
            self._post(b"{rubbish %d" % number)
            return
        told = {"prompt": "a lighthouse", "callback_url": self.house.callback_url, **story.request}
        if story.provider == SHORT_LIVED:
            answer = self._ask("POST", f"/{SHORT_LIVED}/v1/flux-2-pro", json=self._in_few_words(story))
        elif story.provider == OTHER:
            answer = self._ask("POST", f"/{OTHER}/v1/predictions", json=self._in_other_words(story))
        else:
            answer = self._ask("POST", "/v1/images/generations", json=told)
        task_id = str(answer["id"])
        with self._lock:
            self.tasks[task_id] = story
        now = time.monotonic()
        follows: dict[str, tuple[float, Deed]] = {
            "twice at the same time": (0.5, partial(self._again, task_id)),
            "again later": (6.0, partial(self._again, task_id)),
            "failed, then completed": (0.0, partial(self._post, body_of(task_id, "failed"))),
            "completed, then failed": (3.0, partial(self._post, body_of(task_id, "failed"))),
            "unfinished after the end": (2.0, partial(self._post, body_of(task_id, "processing"))),
        }
        if story.kind in follows:
            after_s, deed = follows[story.kind]
            self._plan(now + after_s, deed)

    def _in_other_words(self, story: Story) -> dict[str, Any]:
        """The same request in the words of the other provider."""
        said = story.request
        inputs = {"prompt": "a lighthouse", "aspect_ratio": said["size"], "num_outputs": said["n"]}
        inputs["output_format"] = said["output_format"]
        return {
            "version": said["model"],
            "input": inputs,
            "webhook": self.house.callback_urls[OTHER],
            "simulate": said["simulate"],
        }

    def _in_few_words(self, story: Story) -> dict[str, Any]:
        """The same in the words of the one whose links die soon."""
        said = story.request
        return {
            "prompt": "a lighthouse",
            "aspect_ratio": said["size"],
            "output_format": said["output_format"],
            "webhook_url": self.house.callback_urls[SHORT_LIVED],
            "webhook_secret": SECRET,
            "simulate": said["simulate"],
        }

    def _again(self, task_id: str) -> None:
        """The same callback twice more at the same time, sent by the simulator; it must have finished the task."""
        known = self._ask("GET", f"/simulator/tasks/{task_id}")
        if known["status"] in {"pending", "processing"}:
            self._plan(time.monotonic() + 0.5, partial(self._again, task_id))
            return
        for _ in range(2):
            self._ask("POST", f"/simulator/tasks/{task_id}/callback")

    def _post(self, body: bytes) -> None:
        """Post a callback as the provider does."""
        with self._lock:
            self.sent += 1
        for wait_s in WAITS_S:
            self._stop.wait(wait_s)
            try:
                answer = self._http.request("POST", self.house.callback_url, body=body)
            except urllib3.exceptions.HTTPError:
                continue
            if answer.status == 202:
                return
        with self._lock:
            self.refused += 1

    def _ask(self, method: str, path: str, **more: Any) -> Any:
        answer = self._http.request(
            method,
            self.house.simulator_url + path,
            headers={"Authorization": "Bearer chaos", "x-key": "chaos"},
            **more,
        )
        assert answer.status in {200, 201, 202}, answer.data[:200]
        return answer.json()


def body_of(task_id: str, status: str) -> bytes:
    """A callback body of ours about a task."""
    told: dict[str, Any] = {"id": task_id, "status": status, "model": "gpt-image-2", "type": "image"}
    if status == "failed":
        told["error"] = {"code": "service_error", "message": "no", "type": "task_error"}
    return json.dumps(told).encode()
