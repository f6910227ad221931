"""The doorbell: the only producer of Celery messages. Typed functions that ring.

A bell makes things prompt; nothing depends on it. It is sent once, within a second, and ends with the lease.

    fixative-<deployment>-short     settle or archive what has links that live for an hour or less
    fixative-<deployment>-urgent    archive work whose links die within two hours
    fixative-<deployment>-inbox     settle a batch of deliveries
    fixative-<deployment>-due       archive work
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from celery import Celery
from kombu import Connection, Exchange, Queue
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from archive import layout
from archive.bell import ARCHIVE, CARRY_MAX_BYTES, SETTLE, Bell, Job, Seals
from archive.deployment import Deployment, Queues
from archive.errors import QueueUnavailable
from archive.queue.bell_message import item_of
from archive.queue.queue_trial import try_out
from archive.queue.queue_trouble import unavailable
from archive.queue.redis_client import broker_of
from archive.queue.redis_url import read_redis_url

__all__ = ["ANSWER_S", "ARCHIVE", "CARRY_MAX_BYTES", "SETTLE", "Doorbell", "celery_app"]

# Links that die sooner than this go first.
URGENT_WITHIN = timedelta(hours=2)
# The bound on every word with Redis: a frozen one must not hold the caller.
ANSWER_S = 1.0


class _Celery(Celery):
    """A Celery that goes by what it is told.

    Variables of Celery's own come before that, and are meant for whatever else runs on this host:
    CELERY_BROKER_URL would have led us to another Redis, CELERY_RESULT_BACKEND to one for results.
    """

    backend_cls = "disabled"

    def __init__(self, broker: str) -> None:
        super().__init__(
            "fixative", broker=broker, loader="celery.loaders.app:AppLoader", set_as_current=False
        )
        self._broker = broker

    def connection_for_read(self, url: str | None = None, **more: Any) -> Connection:
        return super().connection_for_read(url or self._broker, **more)

    def connection_for_write(self, url: str | None = None, **more: Any) -> Connection:
        return super().connection_for_write(url or self._broker, **more)


def celery_app(redis_url: str, queues: Queues, *, answer_s: float = ANSWER_S) -> Celery:
    """A Celery application for producers; the workers' own adds how they consume.

    `answer_s` bounds every answer of Redis. Nothing is subscribed to: no remote control, no events, no fanout.
    """
    broker = broker_of(read_redis_url(redis_url), answer_s=answer_s)
    app = _Celery(broker.url)
    app.conf.update(
        broker_use_ssl=broker.ssl,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        worker_enable_remote_control=False,
        task_queues=[_queue(name) for name in queues],
        task_create_missing_queues=False,
        task_default_queue=queues.due,
        broker_connection_timeout=ANSWER_S,
        broker_connection_retry=False,
        broker_transport_options={
            "queue_order_strategy": "priority",
            "socket_connect_timeout": ANSWER_S,
            "socket_keepalive": True,
            "max_retries": 0,
            "retry_on_timeout": False,
            # A bell that is taken is gone, as the bucket has what it rings for: nothing else of ours is in Redis.
            "ack_emulation": False,
            # Each step would be a list more that everybody waits for.
            "priority_steps": [0],
            **broker.options,
        },
    )
    return app


def _queue(name: str) -> Queue:
    """A queue that is one list in Redis and nothing beside it: no binding, which others could write to."""
    return Queue(name, exchange=Exchange(""), routing_key=name, no_declare=True)


def host_now() -> datetime:
    """The host's time, for those who have not heard S3's."""
    return datetime.now(UTC)


class Doorbell:
    """Rings for the workers of one deployment. Safe to use from many threads, over one connection.

    Every call is bounded by about two seconds, one for those before it, and raises QueueUnavailable when Redis is
    away. A bell says when it ends, by `now`, S3's time. Celery's own `expires` is made and judged by the hosts'
    clocks: measured, a host a day ahead threw away every bell of the others.
    """

    def __init__(
        self,
        redis_url: str,
        deployment: Deployment,
        seals: Seals | None = None,
        *,
        now: Callable[[], datetime] = host_now,
        expires_s: float = 240.0,
    ) -> None:
        """Without seals, nothing rides with its bells."""
        self._queues, self._trial_key, self._seals = deployment.queues, deployment.key, seals
        self._app = celery_app(redis_url, self._queues)
        self._now, self._expires_s = now, expires_s
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._client: Any = None

    def ring_settle(self, inbox_key: str, batch: bytes | None = None) -> None:
        """Ask for a batch of the inbox to be settled; a small batch rides along."""
        self._send(SETTLE, inbox_key, batch)

    def ring_archive(
        self, due_key: str, work: bytes | None, *, expires_at: datetime | None, now: datetime
    ) -> None:
        """Ask for work to be done; small work rides along. `expires_at` is when its links die."""
        urgent = expires_at is not None and expires_at - now < URGENT_WITHIN
        self._send(ARCHIVE, due_key, work, urgent=urgent)

    def waiting(self) -> int:
        """How many bells wait in all queues."""
        with self._word() as client, client.pipeline(transaction=False) as pipe:
            for queue in self._queues:
                pipe.llen(queue)
            return sum(pipe.execute())

    def waiting_short(self) -> int:
        """How many bells wait of work whose links live short."""
        with self._word() as client:
            return int(client.llen(self._queues.short))

    def try_out(self) -> None:
        """Do with Redis all that bells need. Raises QueueUnavailable; QueueUnusable where it can never do it."""
        with self._word() as client:
            try_out(client, self._trial_key)

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            self._hang_up()
        self._app.close()

    def _send(self, job: Job, key: str, carried: bytes | None, *, urgent: bool = False) -> None:
        carries = self._seals is not None and carried is not None and len(carried) <= CARRY_MAX_BYTES
        ends_unix_ms = round((self._now().timestamp() + self._expires_s) * 1000)
        bell = Bell(job, key, carried if carries else None, ends_unix_ms)
        queues = self._queues
        others = queues.inbox if job == SETTLE else queues.urgent if urgent else queues.due
        queue = queues.short if layout.is_short(key) else others
        if self._seals is not None:
            bell = self._seals.sealed(bell)
        item = item_of(bell, queue)
        with self._word() as client:
            client.lpush(queue, item)

    @contextmanager
    def _word(self) -> Iterator[Any]:
        """A client for one word with Redis, one at a time; after any failure the next one begins with a new connection.

        A new one, since a master that has become a replica keeps its connections, and goes on refusing.
        """
        if not self._lock.acquire(timeout=ANSWER_S):
            raise QueueUnavailable("Redis does not answer those who asked before")
        try:
            yield self._client or self._connected()
        except (KombuError, RedisError, OSError) as error:
            self._hang_up()
            raise unavailable(error) from error
        except BaseException:
            self._hang_up()
            raise
        finally:
            self._lock.release()

    def _connected(self) -> Any:
        """A client over a new connection of kombu's, made once: kombu makes one for each word, which costs as much as that."""
        self._connection = self._app.connection_for_write()
        channel: Any = self._connection.default_channel
        with channel.conn_or_acquire() as client:
            self._client = client
        return client

    def _hang_up(self) -> None:
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            with suppress(KombuError, RedisError, OSError):
                connection.collect()
