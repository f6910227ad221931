"""Two workers that write the catalogue while it is read: an object every two seconds each, of what has ended since."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import structs
from ulid import ULID

from archive import catalog_keys
from archive.store.bucket import Bucket
from bench.listing.contents import lines_of
from bench.listing.month import BATCH_LINES
from workers.catalogue_lines import GATHER_S

_WORKERS = 2
# More than end while somebody looks, and other tasks than those that stand there.
_MOST = 9_973


@contextmanager
def two_writers(bucket: Bucket) -> Iterator[None]:
    """While it lasts they write; the first objects stand when it begins."""
    over = threading.Event()
    lines = iter(list(lines_of(bucket.now().date(), _MOST)))
    guard = threading.Lock()

    def write_one() -> None:
        with guard:
            told = list(itertools.islice(lines, BATCH_LINES))
        now = bucket.now()
        body = b"".join(structs.replace(line, changed_at=now).to_json() + b"\n" for line in told)
        bucket.put(catalog_keys.catalog_key(str(ULID.from_datetime(now))), body)

    def write() -> None:
        while not over.wait(GATHER_S):
            write_one()

    workers = [threading.Thread(target=write, name=f"writer-{number}") for number in range(_WORKERS)]
    for worker in workers:
        write_one()
        worker.start()
    try:
        yield
    finally:
        over.set()
        for worker in workers:
            worker.join()
