"""Listens for bells: Celery's consumer, which lives on whatever Redis does, and says little of it.

connected, and Redis does what is needed      bells are heard
any failure                                   told once, then at growing distances; the next try after a growing pause
at the first try, what can never pass         refused with a sentence, and the worker ends
SIGTERM, SIGINT                               heard within a fraction of a second, also in a pause

Leans on the inside of Celery 5.6: `Consumer.start` is the loop around the blueprint that connects and consumes. Its
own ends the process for what is no connection error to it (READONLY after a failover, NOPERM, CROSSSLOT), and
comes back without a pause, with a traceback each time, where Redis accepts and closes (maxclients).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from celery.bootsteps import CLOSE, TERMINATE  # type: ignore[attr-defined] # the stubs do not know them
from celery.exceptions import WorkerShutdown
from celery.worker import state
from celery.worker.consumer import Consumer
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from archive.errors import QueueUnavailable, QueueUnusable
from archive.queue.queue_trial import try_out
from archive.queue.queue_trouble import unavailable
from runtime.guarded import PAUSE_MOST_S, growing_pause_s
from runtime.seldom import Seldom
from workers.listening.bell_channel import hear_bells

log = logging.getLogger(__name__)

# As of a worker that cannot work for any other reason.
CANNOT_WORK = 1
_LOOK_S = 0.2
_STOPS = {CLOSE, TERMINATE}


class Listener(Consumer):
    """Celery's consumer with a loop of our own around it."""

    # Set by Celery's own; the stubs do not know them.
    hub: Any
    connection_errors: tuple[type[Exception], ...]
    channel_errors: tuple[type[Exception], ...]

    def trial_key(self, kind: str) -> str:
        """A key of ours in Redis, to try things with."""
        raise NotImplementedError

    def dropped(self) -> None:
        """Called for what was taken from a queue and is no bell of ours."""

    def has_lane(self) -> frozenset[str]:
        """The queues that somebody else takes from while no thread of this one is free."""
        raise NotImplementedError

    def __init__(self, *words: Any, **named: Any) -> None:
        super().__init__(*words, **named)
        self._seldom = Seldom(log)
        self._failures = 0
        self._heard = False

    def start(self) -> None:
        """Listen until told to stop. Raises WorkerShutdown, as Celery's own does."""
        while self.blueprint.state not in _STOPS:
            state.maybe_shutdown()
            self.restart_count += 1
            began = time.monotonic()
            try:
                self.blueprint.start(self)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and the next try comes
                if self.blueprint.state in _STOPS:
                    return
                self._after(error, listened_s=time.monotonic() - began)

    def ensure_connected(self, conn: Any) -> Any:
        """Connect, once, and see that this Redis does what bells need."""
        hear_bells(conn)
        try:
            channel = conn.default_channel
            channel.dropped = self.dropped
            channel.turns.busy, channel.turns.when_free = self._busy, self.has_lane()
            with channel.conn_or_acquire() as client:
                try_out(client, self.trial_key)
        except Exception:
            _closed(conn)
            raise
        if self._failures:
            self._seldom.tell(logging.INFO, "again", "listening again")
        self._heard = True
        return conn

    def _busy(self) -> bool:
        """Whether what is taken now would wait: as many as there are threads are taken and not done."""
        return bool(len(state.reserved_requests) >= self.pool.num_processes)

    def _after(self, error: Exception, listened_s: float) -> None:
        """Tell a failure, let go of what it left, and wait."""
        trouble = self._trouble(error)
        if not self._heard and (trouble is None or isinstance(trouble, QueueUnusable)):
            told = trouble.detail if trouble is not None else repr(error)
            log.error("this worker cannot work: %s", told, exc_info=trouble is None)
            raise WorkerShutdown(CANNOT_WORK) from error
        if listened_s > PAUSE_MOST_S:
            self._failures = 0
        self._failures += 1
        if trouble is not None:
            kind = trouble.detail.partition(" (")[0]
            self._seldom.tell(logging.WARNING, kind, "not listening: %s; trying again", trouble.detail)
        else:
            kind = type(error).__name__
            self._seldom.tell(
                logging.ERROR, kind, "not listening, by a fault of ours; trying again", error=error
            )
        self._let_go()
        ends = time.monotonic() + growing_pause_s(self._failures)
        while time.monotonic() < ends:
            state.maybe_shutdown()
            time.sleep(_LOOK_S)

    def _trouble(self, error: Exception) -> QueueUnavailable | None:
        """What Redis or the way to it says; None for a fault of ours."""
        if isinstance(
            error, (*self.connection_errors, *self.channel_errors, RedisError, KombuError, OSError)
        ):
            return unavailable(error)
        return None

    def _let_go(self) -> None:
        """Close the connection and forget what belonged to it; jobs that are under way go on."""
        connection = self.connection
        self.on_close()
        self.blueprint.restart(self)
        if connection is not None:
            _closed(connection)
        self.connection = None
        if self.hub is not None:
            self.hub.reset()
            self.hub.timer.clear()


def listener_of(
    trial_key: Callable[[str], str], dropped: Callable[[], None], has_lane: Iterable[str] = ()
) -> type[Listener]:
    """The class of which Celery makes its consumer; it takes no arguments of ours."""
    lane = frozenset(has_lane)

    class OurListener(Listener):
        def trial_key(self, kind: str) -> str:
            return trial_key(kind)

        def dropped(self) -> None:
            dropped()

        def has_lane(self) -> frozenset[str]:
            return lane

    return OurListener


def _closed(connection: Any) -> None:
    with suppress(Exception):  # it is broken already, and nothing of it is wanted any more
        connection.collect()
