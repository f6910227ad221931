"""What the receiver answered: written down by a proxy between the provider and the door."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.chaos.tools.proxy import Send
from tests.chaos.tools.wire import Message

_ACCEPTED = 202


@dataclass(frozen=True)
class Accepted:
    """A callback that was answered 202; a body that is no task has its digest for an id."""

    delivery_id: str
    task_id: str
    status: str


@dataclass
class Ledger:
    """Every try, and every 202 with its delivery id. Also the way that callbacks take."""

    accepted: list[Accepted] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    last_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    async def judge(self, request: Message, send: Send) -> Message | None:
        """Pass a callback on and write down what came of it."""
        self.last_at = time.monotonic()
        try:
            answered = await send()
        except (OSError, EOFError):
            self._count("broken off")
            raise
        finally:
            self.last_at = time.monotonic()
        if answered.status == _ACCEPTED:
            task_id, status = named_in(request.body)
            entry = Accepted(str(json.loads(answered.body)["accepted"]), task_id, status)
            with self._lock:
                self.accepted.append(entry)
        self._count(str(answered.status))
        return answered

    def of(self, task_id: str) -> list[Accepted]:
        """What was accepted of a task."""
        with self._lock:
            return [entry for entry in self.accepted if entry.task_id == task_id]

    def _count(self, what: str) -> None:
        with self._lock:
            self.answers[what] += 1


# Words of the other providers for an ending.
_IN_OURS = {"succeeded": "completed", "canceled": "cancelled", "Ready": "completed", "Error": "failed"}


def named_in(body: bytes) -> tuple[str, str]:
    """The task that a body names, and its status; of rubbish its digest."""
    try:
        told = json.loads(body)
        return str(told["id"]), _IN_OURS.get(str(told["status"]), str(told["status"]))
    except (ValueError, KeyError, TypeError):
        return hashlib.sha256(body).hexdigest(), "unreadable"
