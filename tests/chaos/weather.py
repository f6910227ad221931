"""The weather before S3: what becomes of the requests of one host, and how many of each kind there were."""

from __future__ import annotations

import asyncio
import random
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import unquote

from archive.store.rights_trial import SAMPLES
from tests.chaos.tools.proxy import Send
from tests.chaos.tools.wire import Message, answer

_BUSY = answer(
    503,
    "Service Unavailable",
    b"<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>busy</Message></Error>",
    "application/xml",
)
_CHANGES = {"PUT", "POST", "DELETE"}
# By which a worker tries at its start what it may do.
_TRIAL = re.compile("|".join(re.escape(sample).replace(r"\{\}", "[0-9A-Z]{26}") for sample in SAMPLES))


@dataclass(frozen=True)
class Sky:
    """What befalls a request: chances from 0 to 1, and a delay of up to so many seconds."""

    dropped: float = 0.0
    busy: float = 0.0
    answer_lost: float = 0.0
    delay_s: float = 0.0


CALM = Sky()
STOPPED = Sky(dropped=1.0)
BUSY = Sky(busy=1.0)
SLOW = Sky(delay_s=2.5)  # the receiver gives S3 1.5 s in all, the workers 10 s
FORGETFUL = Sky(answer_lost=0.3, dropped=0.1)


@dataclass
class Weather:
    """One host's way to S3; `sky` may be set from any thread."""

    bucket: str
    seed: int
    sky: Sky = CALM
    requests: Counter[str] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    worked_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._lock = threading.Lock()

    async def judge(self, request: Message, send: Send) -> Message | None:
        """Let a request pass, or not."""
        kind = self._kind(request)
        with self._lock:
            self.requests[kind] += 1
        if not kind.startswith(("LIST", "PUT inbox")) and not kind.endswith((" probe", " rolled", " trial")):
            self.worked_at = time.monotonic()
        sky = self.sky
        if self._random.random() < sky.dropped:
            return None
        if self._random.random() < sky.busy:
            return _BUSY
        if sky.delay_s:
            await asyncio.sleep(self._random.uniform(0, sky.delay_s))
        answered = await send()
        if answered.status >= 500 or answered.status == 403:
            with self._lock:
                self.refused[answered.status] += 1
        if request.method in _CHANGES and self._random.random() < sky.answer_lost:
            return None
        return answered

    def counted(self) -> Counter[str]:
        """How many requests of each kind, until now."""
        with self._lock:
            return Counter(self.requests)

    def _kind(self, request: Message) -> str:
        """Method and top of the key: `PUT due`, `LIST inbox`, ..."""
        path, _, query = request.target.partition("?")
        if "list-type=2" in query:
            return "LIST"
        key = unquote(path.removeprefix(f"/{self.bucket}/"))
        if _TRIAL.fullmatch(key):
            return f"{request.method} trial"
        top = key.split("/")[0]
        # Jobs write batches; all else there is done by the roll-up, by its own clock.
        rolled = top == "catalog" and (request.method != "PUT" or "~" in path or "%7E" in path)
        return f"{request.method} {'rolled' if rolled else top}"
