"""Wishes for thumbnails: the last queue, which is taken from only while no bell waits.

A wish is no work: nothing is lost with one, and who looks at the page wishes again. So its queue is a short list,
the newest first, that trims itself and expires:

    fixative-<deployment>-thumbs    JSON: the key of an image, its SHA-256
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec
import redis
from redis.exceptions import RedisError

from archive import layout
from archive.deployment import Deployment
from archive.errors import ForeignBell
from archive.queue.queue_trouble import unavailable
from archive.queue.redis_client import open_redis
from archive.queue.redis_url import read_redis_url
from archive.records.record import decoder_of

ANSWER_S: Final = 1.0
# A page shows fifty; of more people's pages than ten at the same time, the oldest wishes are left out.
WISHES_MOST: Final = 500
# Whoever wished longer ago has wished again, or has gone.
EXPIRES_S: Final = 600
WISH_MAX_BYTES: Final = 1_024
_Words = tuple[str, str]


class Wish(NamedTuple):
    """Asking for the thumbnail of the image under `key`, whose SHA-256 (hex) is told with it."""

    key: str
    sha256: str


class Wishes:
    """The wishes of one deployment. Every call is one or two bounded words with Redis; for many threads.

    Raises QueueUnavailable when Redis is away.
    """

    def __init__(self, redis_url: str, deployment: Deployment, *, answer_s: float = ANSWER_S) -> None:
        self._client: redis.Redis = open_redis(read_redis_url(redis_url), answer_s=answer_s)
        self._name, self._bells = deployment.key("thumbs"), deployment.queues

    def put(self, wish: Wish) -> None:
        """Wish, before all who wished earlier."""
        with self._client.pipeline(transaction=False) as pipe:
            pipe.lpush(self._name, msgspec.json.encode(wish))
            pipe.ltrim(self._name, 0, WISHES_MOST - 1)
            pipe.expire(self._name, EXPIRES_S)
            self._executed(pipe)

    def take(self) -> Wish | None:
        """The newest wish; None while there is none, or a bell waits in any queue of work.

        Raises:
            ForeignBell: for what is no wish of ours; it is gone by then.
        """
        with self._client.pipeline(transaction=False) as pipe:
            for queue in self._bells:
                pipe.llen(queue)
            pipe.llen(self._name)
            *bells, wishes = self._executed(pipe)
            if any(bells) or not wishes:
                return None
            pipe.lpop(self._name)
            (item,) = self._executed(pipe)
        return None if item is None else read(item)

    def waiting(self) -> int:
        """How many wait."""
        with self._client.pipeline(transaction=False) as pipe:
            pipe.llen(self._name)
            return int(self._executed(pipe)[0])

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _executed(self, pipe: Any) -> list[Any]:
        """Redis's answers to all that stands in the pipe."""
        try:
            return list(pipe.execute())
        except (RedisError, OSError) as error:
            if "WRONGTYPE" in str(error):
                self._remove_what_is_no_list()
            raise unavailable(error) from error

    def _remove_what_is_no_list(self) -> None:
        """Nobody could ever wish where something else stands; what stands under the queues' names is the listener's."""
        try:
            if self._client.type(self._name) not in {b"list", b"none"}:
                self._client.delete(self._name)
        except (RedisError, OSError) as error:
            raise unavailable(error) from error


def read(item: bytes) -> Wish:
    """The wish that an item of the queue is.

    Raises:
        ForeignBell: if it is none of ours, or its key leads elsewhere than to an image in `tasks/`.
    """
    if len(item) > WISH_MAX_BYTES:
        raise ForeignBell("it is larger than any wish")
    try:
        words: _Words = decoder_of(_Words).decode(item)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise ForeignBell("it is no wish") from error
    wish = Wish(*words)
    if not layout.is_asset_key(wish.key):
        raise ForeignBell("its key leads elsewhere than to an image in tasks/")
    if not layout.is_sha256(wish.sha256):
        raise ForeignBell("its SHA-256 is none")
    return wish
