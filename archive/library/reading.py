"""Read many objects of the bucket at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from archive.errors import Missing
from archive.store.bucket import Bucket

# Objects read at the same time: half the connections that a bucket has, and more gains little.
READERS = 16

Given = TypeVar("Given")
Got = TypeVar("Got")


def read_all(bucket: Bucket, keys: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The objects under the keys, in their order; those that are gone by now are left out."""

    def read(key: str) -> tuple[str, bytes] | None:
        try:
            return key, bucket.get(key).body
        except Missing:
            return None

    return (read for read in at_once(read, keys) if read is not None)


def at_once(
    do: Callable[[Given], Got],
    given: Iterable[Given],
    threads: int = READERS,
    stop: Callable[[], None] = lambda: None,
) -> Iterator[Got]:
    """What a function makes of each, several at the same time, in the order given; the first error ends it.

    `stop` tells those under way that nobody waits for them any more, as after Ctrl-C.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="console")
    try:
        yield from pool.map(do, given)
    except BaseException:
        stop()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
