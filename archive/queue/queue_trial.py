"""Does this Redis do what bells need? The commands themselves are tried, on keys of our own that hold nothing."""

from __future__ import annotations

from typing import Any

# Two queues of no length: in cluster mode they are on different nodes, which is what forbids it.
_EMPTY, _PUT = "trial-empty", "trial"
_WAIT_S = 1


def try_out(client: Any, key: Any) -> None:
    """Put an item into a list and take it out again, waiting on two lists; raises what Redis or the way to it says.

    `client` is a redis-py client; `key` gives our own key of a kind. Done by several at the same time, one may
    take another's item and wait a second in vain, which proves as much.
    """
    put = key(_PUT)
    client.lpush(put, "")
    client.brpop([key(_EMPTY), put], timeout=_WAIT_S)
    client.llen(put)
    client.type(put)
    client.delete(put)
