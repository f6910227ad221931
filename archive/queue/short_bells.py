"""The queue of what has no time, taken from beside Celery: for a lane of a worker's own."""

from __future__ import annotations

from typing import Final, cast

import redis
from redis.exceptions import RedisError

from archive.deployment import Deployment
from archive.errors import QueueUnavailable
from archive.queue.queue_trouble import unavailable
from archive.queue.redis_client import open_redis
from archive.queue.redis_url import read_redis_url

# How long Redis holds a question for which there is no bell yet, and how long its answer may take in all.
BLOCK_S: Final = 1
ANSWER_S: Final = 5.0


class ShortBells:
    """Items of the queue `short` of one deployment, as they stand there. Safe to use from many threads."""

    def __init__(self, redis_url: str, deployment: Deployment) -> None:
        self._client: redis.Redis = open_redis(read_redis_url(redis_url), answer_s=ANSWER_S)
        self._name = deployment.queues.short

    def take(self) -> bytes | None:
        """The oldest item, waited for up to a second; None if none came. Raises QueueUnavailable."""
        try:
            taken = self._client.brpop([self._name], timeout=BLOCK_S)
        except (RedisError, OSError) as error:
            raise self._told(error) from error
        return None if taken is None else cast("bytes", taken[1])

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _told(self, error: Exception) -> QueueUnavailable:
        """What Redis said; what is no list and stands under the name goes, since nobody could ever ring there."""
        if "WRONGTYPE" in str(error):
            try:
                if self._client.type(self._name) not in {b"list", b"none"}:
                    self._client.delete(self._name)
            except (RedisError, OSError) as another:
                return unavailable(another)
        return unavailable(error)
