"""Who of many does what one alone need do: the first to ask, for a while. Nothing hangs on it but doing it once.

    fixative-<deployment>-turn-<what>    somebody has it; expires

Whoever reaches Redis can take every turn, so none may be for anything that must be done.
"""

from __future__ import annotations

import redis
from redis.exceptions import RedisError

from archive.deployment import Deployment
from archive.queue.queue_trouble import unavailable
from archive.queue.redis_client import open_redis
from archive.queue.redis_url import read_redis_url

ANSWER_S = 1.0


class Turns:
    """The turns of one deployment. Each call is one bounded word with Redis."""

    def __init__(self, redis_url: str, deployment: Deployment, *, answer_s: float = ANSWER_S) -> None:
        self._client: redis.Redis = open_redis(read_redis_url(redis_url), answer_s=answer_s)
        self._deployment = deployment

    def take(self, what: str, seconds: int) -> bool:
        """Whether it is ours, and nobody else's for so long. Raises QueueUnavailable."""
        try:
            return bool(self._client.set(self._deployment.key(f"turn-{what}"), b"1", nx=True, ex=seconds))
        except (RedisError, OSError) as error:
            raise unavailable(error) from error

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()
