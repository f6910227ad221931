"""Where bells come in: kombu's channel to Redis, which believes nothing that it finds there.

It asks for what has no time only while a thread is free to begin it: what is taken waits behind all that is in hand.

Leans on the inside of kombu 5.7: `_queue_cycle` says which queues are asked, in which order; `_brpop_read` is where an item
has been taken and not been looked at. What kombu
does there raises for an item that is not JSON, and for many that are, which ended the worker.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from queue import Empty
from typing import Any

from kombu.transport import redis as kombu_redis
from kombu.transport import virtual
from redis.exceptions import ResponseError

from archive.errors import ForeignBell
from archive.queue.bell_message import written
from runtime.seldom import Seldom
from workers.listening import bell_message

log = logging.getLogger(__name__)
_seldom = Seldom(log)


class Unacknowledged(virtual.QoS):
    """Bells that are taken and not begun; at the end of a worker they go back into their queue."""

    # kombu's own; the stubs do not know them.
    _delivered: Any
    _on_collect: Any

    def restore_unacked_once(self, stderr: Any = None) -> None:
        """Give them back. Those that cannot be are the sweep's; kombu would write them to a file, links and all."""
        del stderr
        if getattr(self._delivered, "restored", False):
            return
        self._delivered.restored = True
        self._on_collect.cancel()
        lost: Any = self.restore_unacked()  # type: ignore[func-returns-value] # what could not be, says kombu
        if lost:
            log.info("%d bells could not be given back; the sweep rings for them", len(lost))


class Turns:
    """Kombu's cycle of queues: in their order; while no thread is free, without those that others take from then."""

    def __init__(self) -> None:
        self.busy: Callable[[], bool] = lambda: False
        self.when_free: frozenset[str] = frozenset()
        self._names: list[str] = []

    def update(self, names: Iterable[str]) -> None:
        """Take these from now on."""
        self._names = list(names)

    def consume(self, _most: int) -> list[str]:
        """Which to ask."""
        busy = bool(self.when_free) and self.busy()
        return [name for name in self._names if not (busy and name in self.when_free)]

    def rotate(self, last_used: str) -> str:
        """Called for the one that had something; the order stays."""
        return last_used


class BellChannel(kombu_redis.Channel):
    """A channel that tells and drops whatever is no bell of ours."""

    connection_errors: tuple[type[Exception], ...]

    def __init__(self, *words: Any, **named: Any) -> None:
        super().__init__(*words, **named)
        self.QoS = Unacknowledged  # type: ignore[assignment] # without acknowledging, kombu takes the plain one
        self.dropped: Callable[[], None] = lambda: None
        self.turns = self._queue_cycle = Turns()

    def _brpop_read(self, **options: Any) -> bool:
        """Take the answer of a BRPOP, and hand it on if it is a bell. Raises Empty, and what Redis says."""
        connection = self.client.connection
        try:
            taken = self.client.parse_response(connection, "BRPOP", **options)
        except ResponseError as error:
            if not str(error).startswith("WRONGTYPE"):
                raise
            self._drop_wrong_types()
            raise Empty from error
        except self.connection_errors:
            connection.disconnect()
            raise
        finally:
            self._in_poll = None
        if not taken:
            raise Empty
        queue, item = taken[0].decode(), taken[1]
        try:
            rung = bell_message.read(item)
        except ForeignBell as error:
            self.dropped()
            _seldom.tell(
                logging.WARNING, str(error), "dropped what is no bell of ours, from %s: %s", queue, error
            )
        else:
            self.connection._deliver(written(rung, queue), queue)  # noqa: SLF001 - kombu's own way
        return True

    def _drop_wrong_types(self) -> None:
        """Remove what stands under our queues' names and is no list: nobody could ever ring there."""
        with self.conn_or_acquire() as client:
            for queue in self.active_queues:
                kind = client.type(queue)
                if kind not in {b"list", b"none"}:
                    client.delete(queue)
                    log.warning("dropped a %s of Redis that stood under our name %s", kind.decode(), queue)


class BellSentinelChannel(BellChannel, kombu_redis.SentinelChannel):
    """The same to a master that Sentinels name."""


class BellTransport(kombu_redis.Transport):
    """What a worker hears through."""

    Channel = BellChannel


class BellSentinelTransport(kombu_redis.SentinelTransport):
    """The same through Sentinels."""

    Channel = BellSentinelChannel


def hear_bells(connection: Any) -> None:
    """Make a connection of kombu, not yet connected, hear through ours.

    Celery's setting for a transport (`broker_transport`) does not hold for the URL of a Unix socket.
    """
    through_sentinels = connection.transport_cls == "sentinel"
    connection.transport_cls = BellSentinelTransport if through_sentinels else BellTransport
