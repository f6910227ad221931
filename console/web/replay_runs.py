"""Replays that were begun on a page: they go on when the page is closed, and are gone on with when the process ends.

The plan is written before the page answers. What a process that ended did not make due, `fixative replay --resume`
makes due, and so does the replay's page.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from archive.errors import FixativeError
from archive.queue.doorbell import Doorbell
from archive.store.bucket import Bucket
from console.replays.beginning import Beginning
from console.replays.cancelling import is_cancelled, take_back
from console.replays.replaying import Begun, Bells
from runtime.logs.step import tell
from runtime.logs.subject import about

# Replays of a page that are made due at the same time; others wait their turn.
RUNS_MOST = 2
# How often one looks whether it was cancelled meanwhile.
LOOK_EVERY_ITEMS = 50
RING_EVERY_S = 0.25

log = logging.getLogger("console.replays")


class ReplayRuns:
    """Makes planned replays due, in threads of its own."""

    def __init__(self, bucket: Bucket, open_doorbell: Callable[[], Doorbell]) -> None:
        self._bucket, self._open_doorbell = bucket, open_doorbell
        self._pool = ThreadPoolExecutor(RUNS_MOST, thread_name_prefix="replay")
        self._ending = threading.Event()
        self._running: set[str] = set()
        self._lock = threading.Lock()

    def start(self, beginning: Beginning) -> None:
        """Begin to make it due."""
        with self._lock:
            self._running.add(beginning.plan.replay.id)
        self._pool.submit(self._run, beginning)

    def runs(self, replay_id: str) -> bool:
        """Whether this process is making it due now."""
        with self._lock:
            return replay_id in self._running

    def close(self) -> None:
        """Begin nothing more; what is planned is gone on with later."""
        self._ending.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, beginning: Beginning) -> None:
        replay_id = beginning.plan.replay.id
        try:
            made = self._made_due(beginning)
            with closing(self._open_doorbell()) as doorbell:
                self._ring(Bells(self._bucket, doorbell), made)
        except FixativeError as error:
            # Nothing is lost: the plan stands, and its page says that it was broken off.
            log.warning("replay broken off: id=%s %s", replay_id, error)
        except Exception:
            log.exception("replay broken off: id=%s", replay_id)
        finally:
            with self._lock:
                self._running.discard(replay_id)

    def _made_due(self, beginning: Beginning) -> list[Begun]:
        replay_id, made = beginning.plan.replay.id, list[Begun]()
        for item in beginning.made_due(self._bucket):
            made.append(item)
            _tell(item, replay_id)
            due_for_a_look = len(made) % LOOK_EVERY_ITEMS == 0
            if self._ending.is_set() or (due_for_a_look and is_cancelled(self._bucket, replay_id)):
                break
        if is_cancelled(self._bucket, replay_id):
            take_back(self._bucket, beginning.plan)
            return []
        log.info("replay due: id=%s items=%d", replay_id, len(made))
        return made

    def _ring(self, bells: Bells, made: list[Begun]) -> None:
        """Ring as each item's time comes; where Redis is away, the sweep finds them."""
        while made and not bells.trouble and not self._ending.is_set():
            bells.ring(made)
            made = [item for item in made if not all(entry.rung for entry in item.entries)]
            self._ending.wait(RING_EVERY_S)


def _tell(item: Begun, replay_id: str) -> None:
    letter = item.dead.letter
    delivery = letter.delivery.id if letter.delivery else None
    with about(provider=letter.provider, task=letter.task_id, delivery=delivery):
        tell(log, "replayed", id=replay_id, due=item.entries[0].when.isoformat(), entry=item.key)
