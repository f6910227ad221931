"""The heartbeats in Redis: written by each process, read by who asks which processes live.

    fixative.heartbeat.<id>    one process, JSON; expires after a minute
    fixative.heartbeats        their ids, the one that beat last in front; bounded, no clock needed

Plain commands only, SCAN and KEYS not among them: many a Redis forbids those, or holds a million other keys.
What is found there is checked and only ever shown.
"""

from __future__ import annotations

import re
from typing import Any

import redis
from redis.exceptions import RedisError

from archive.errors import MalformedRecord, NewerRecord
from archive.queue.queue_trouble import unavailable
from archive.queue.redis_client import open_redis
from archive.queue.redis_url import read_redis_url
from runtime.heartbeat import EXPIRES_S, HEARTBEAT_MAX_BYTES, Heartbeat, SeenHeartbeat

KEY = "fixative.heartbeat."
INDEX = "fixative.heartbeats"
# Processes on one Redis, of all deployments; the ids of those that died stay until they are pushed out.
INDEX_MOST = 500
# Nothing of ours stays in a Redis that we have left.
INDEX_EXPIRES_S = 3600
ANSWER_S = 1.0

_ID = re.compile(rb"[0-9a-f]{16}")


class Heartbeats:
    """All heartbeats of one Redis. Every call is one bounded attempt and raises QueueUnavailable."""

    def __init__(self, redis_url: str, *, answer_s: float = ANSWER_S) -> None:
        self._client: redis.Redis = open_redis(read_redis_url(redis_url), answer_s=answer_s)

    def put(self, heartbeat: Heartbeat) -> None:
        """Write the heartbeat of a living process, for a minute."""
        with self._client.pipeline(transaction=False) as pipe:
            self._write(pipe, heartbeat.id, heartbeat.to_json(), INDEX)
            _executed(pipe)

    def remove(self, heartbeat: Heartbeat) -> None:
        """Take back the heartbeat of a process that ends."""
        with self._client.pipeline(transaction=False) as pipe:
            pipe.delete(KEY + heartbeat.id)
            pipe.lrem(INDEX, 0, heartbeat.id)
            _executed(pipe)

    def living(self) -> tuple[SeenHeartbeat, ...]:
        """Those that are not over, of all deployments on this Redis, the one that beat last first.

        What is no heartbeat of ours, or would never expire, is passed over: somebody else wrote it.
        """
        ids = self._ids()
        with self._client.pipeline(transaction=False) as pipe:
            for known in ids:
                pipe.getrange(KEY + known, 0, HEARTBEAT_MAX_BYTES)
                pipe.pttl(KEY + known)
            told = _executed(pipe, raising=False) if ids else []
        pairs = zip(ids, told[::2], told[1::2], strict=True)
        return tuple(seen for seen in (_seen(*pair) for pair in pairs) if seen is not None)

    def try_out(self) -> None:
        """Do all that the others do, on keys that nobody reads and that are gone afterwards."""
        with self._client.pipeline(transaction=False) as pipe:
            self._write(pipe, "trial", b"{}", f"{INDEX}.trial")
            pipe.lrange(f"{INDEX}.trial", 0, 1)
            pipe.getrange(f"{KEY}trial", 0, 1)
            pipe.pttl(f"{KEY}trial")
            pipe.delete(f"{KEY}trial", f"{INDEX}.trial")
            _executed(pipe)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    @staticmethod
    def _write(pipe: Any, known: str, text: bytes, index: str) -> None:
        pipe.set(KEY + known, text, ex=EXPIRES_S)
        pipe.lrem(index, 0, known)
        pipe.lpush(index, known)
        pipe.ltrim(index, 0, INDEX_MOST - 1)
        pipe.expire(index, INDEX_EXPIRES_S)

    def _ids(self) -> list[str]:
        with self._client.pipeline(transaction=False) as pipe:
            pipe.lrange(INDEX, 0, INDEX_MOST - 1)
            (found,) = _executed(pipe)
        return [known.decode() for known in dict.fromkeys(found) if _ID.fullmatch(known)]


def _executed(pipe: Any, *, raising: bool = True) -> list[Any]:
    """Redis's answers to all that stands in the pipe."""
    try:
        return list(pipe.execute(raise_on_error=raising))
    except (RedisError, OSError) as error:
        raise unavailable(error) from error


def _seen(known: str, text: object, left_ms: object) -> SeenHeartbeat | None:
    if not isinstance(text, bytes) or not 0 < len(text) <= HEARTBEAT_MAX_BYTES:
        return None
    if not isinstance(left_ms, int) or not 0 <= left_ms <= EXPIRES_S * 1000:
        return None
    try:
        heartbeat = Heartbeat.from_json(text)
    except (MalformedRecord, NewerRecord):
        return None
    return SeenHeartbeat(heartbeat, EXPIRES_S - left_ms / 1000) if heartbeat.id == known else None
