"""The doorbell: the only producer of Celery messages. Typed functions that ring.

A bell makes things prompt; nothing depends on it. It is sent once, within a second, and expires with the lease.

    urgent    archive work whose links die within two hours
    inbox     settle a batch of deliveries
    due       archive work
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from celery import Celery
from kombu.exceptions import KombuError, OperationalError
from redis.exceptions import RedisError

from archive.errors import QueueUnavailable
from archive.redis_client import broker_of
from archive.redis_url import read_redis_url

URGENT, INBOX, DUE = "urgent", "inbox", "due"
# In the order in which workers take from them.
QUEUES = (URGENT, INBOX, DUE)
SETTLE, ARCHIVE = "fixative.settle", "fixative.archive"

# Links that die sooner than this go first.
URGENT_WITHIN = timedelta(hours=2)
# A bell may carry what it rings for, and so save a read; Redis holds it in memory until then.
CARRY_MAX_BYTES = 65_536
# The bound on every word with Redis (DESIGN section 6): a frozen one must not hold the caller.
ANSWER_S = 1.0


def celery_app(redis_url: str, *, answer_s: float | None = ANSWER_S) -> Celery:
    """A Celery application for producers; the workers' own adds how they consume.

    `answer_s` bounds every answer of Redis; consumers, which block while they wait for messages, pass None.
    """
    broker = broker_of(read_redis_url(redis_url), answer_s=answer_s)
    app = Celery("fixative", broker=broker.url, set_as_current=False)
    app.conf.update(
        broker_use_ssl=broker.ssl,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_create_missing_queues=True,
        task_default_queue=DUE,
        broker_connection_timeout=ANSWER_S,
        broker_connection_retry=False,
        broker_transport_options={
            "queue_order_strategy": "priority",
            "socket_connect_timeout": ANSWER_S,
            "socket_keepalive": True,
            "max_retries": 0,
            "retry_on_timeout": False,
            **broker.options,
        },
    )
    return app


def host_now() -> datetime:
    """The host's time, for those who have not heard S3's."""
    return datetime.now(UTC)


class Doorbell:
    """Rings for workers. Every call is bounded by about a second and raises QueueUnavailable when Redis is away.

    A bell says when it ends, by `now`, S3's time. Celery's own `expires` is made and judged by the hosts' clocks:
    measured, a host a day ahead threw away every bell of the others.
    """

    def __init__(
        self, redis_url: str, *, now: Callable[[], datetime] = host_now, expires_s: float = 240.0
    ) -> None:
        self._app = celery_app(redis_url)
        self._now, self._expires_s = now, expires_s

    def ring_settle(self, inbox_key: str, batch: bytes | None = None) -> None:
        """Ask for a batch of the inbox to be settled; a small batch rides along."""
        self._send(SETTLE, INBOX, [inbox_key, _carried(batch)])

    def ring_archive(
        self, due_key: str, work: bytes | None, *, expires_at: datetime | None, now: datetime
    ) -> None:
        """Ask for work to be done; small work rides along. `expires_at` is when its links die."""
        urgent = expires_at is not None and expires_at - now < URGENT_WITHIN
        self._send(ARCHIVE, URGENT if urgent else DUE, [due_key, _carried(work)])

    def waiting(self) -> int:
        """How many bells wait in all queues."""
        try:
            with self._app.connection_for_write() as connection:
                client: Any = connection.default_channel.client  # type: ignore[attr-defined]  # Redis's channel has one
                return sum(int(client.llen(queue)) for queue in QUEUES)
        except (KombuError, RedisError, OSError) as error:
            raise QueueUnavailable(type(error).__name__) from error

    def eviction_policy(self) -> str:
        """What Redis does when its memory is full; empty where it does not say. A queue wants `noeviction`."""
        try:
            with self._app.connection_for_write() as connection:
                client: Any = connection.default_channel.client  # type: ignore[attr-defined]  # Redis's channel has one
                return str(client.info("memory").get("maxmemory_policy", ""))
        except (KombuError, RedisError, OSError) as error:
            raise QueueUnavailable(type(error).__name__) from error

    def close(self) -> None:
        """Let go of the connections."""
        self._app.close()

    def _send(self, name: str, queue: str, args: list[str | None]) -> None:
        try:
            self._app.send_task(
                name,
                args=[*args, self._now().timestamp() + self._expires_s],
                queue=queue,
                retry=False,
                ignore_result=True,
                # The arguments' text would be made for events that nobody reads.
                argsrepr="",
                kwargsrepr="",
            )
        except (OperationalError, KombuError, RedisError, OSError) as error:
            raise QueueUnavailable(type(error).__name__) from error


def _carried(data: bytes | None) -> str | None:
    return data.decode() if data is not None and len(data) <= CARRY_MAX_BYTES else None
