"""REDIS_URL: what it says. Pure."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def redis_place(url: str) -> str:
    """Where a Redis is, without its password: host:port/database, or a socket's path."""
    parts = urlsplit(url)
    where = parts.netloc.rpartition("@")[2]
    return f"{where}{unquote(parts.path)}"


def open_redis(url: str, *, answer_s: float) -> redis.Redis:
    """A client of the Redis there: one attempt a question, each bounded. Nothing connects yet."""
    url = url.replace("redis+socket://", "unix://", 1)
    return redis.Redis.from_url(
        url, socket_connect_timeout=answer_s, socket_timeout=answer_s, retry=Retry(NoBackoff(), 0)
    )
