"""A store is tried before it is trusted: each thing that the house relies on is done to it, and looked at.

Every S3 answers to the names of the API; not every one does what they say. One that ignores a condition, or lists
out of order, loses work without an error. So nothing here is believed that was not seen.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ulid import ULID

from archive import layout
from archive.errors import BucketAmiss, BucketRefuses, FixativeError, Missing, Taken, TryLater
from archive.store.bucket import Bucket
from archive.store.store_mends import mend_for

ANOTHER_STORE = "Use a store that can: docs/stores.md has a list."
LEAVE_ETAGS = "Something on the way to the store changes its ETags, as what compresses answers does: let it pass them as they are."
# More than what stands before a store often takes at most (nginx: 1 MiB), and less than a start would feel.
IMAGE_BYTES = 1_200_000
# What keys of ours hold besides letters and digits, in the order of its bytes. It is relied upon that `/` stands
# before all else, and `~` behind: a rolled file sorts after what it replaces (archive/catalog_keys.py).
IN_ORDER = ("1/z.", "1=C3", "1A:", "1a_", "1~0")


class Need(NamedTuple):
    """One thing that the house relies on: its name, what is seen where it is done, what stops without it, and the mend.

    Without what is `vital`, work would be lost without an error, so a worker does not start.
    """

    name: str
    seen: str
    without_it: str
    mend: str
    vital: bool = True


class Tried(NamedTuple):
    """How a store did at one need; without a problem it is fine. `problem` holds the store's own sentence.

    `passes`: it was away or slow, which says nothing of what it can.
    """

    need: Need
    problem: str = ""
    mend: str = ""
    passes: bool = False

    @property
    def ok(self) -> bool:
        """Whether the store does it."""
        return not self.problem


BASICS = Need(
    "S3 write, read, delete",
    "what was written was read, and is gone",
    "Nothing can be kept.",
    "See that S3_ENDPOINT, S3_BUCKET and the AWS variables are right, and that this role may get, put, list and delete.",
)
CREATE = Need(
    "S3 If-None-Match",
    "a second write is refused",
    "Two writers overwrite each other's manifests and images.",
    ANOTHER_STORE,
)
SWAP = Need(
    "S3 If-Match",
    "a swap is done once, and a late one is refused",
    "Manifests and dead letters cannot be changed safely: a `completed` after a `failed` is lost.",
    ANOTHER_STORE,
)
IMAGE = Need(
    "S3 image",
    "an image of 1.2 MB is kept as it is",
    "Images cannot be kept, while records can.",
    "Let what stands before the store take uploads as large as DOWNLOAD_MAX_BYTES (nginx: client_max_body_size), "
    "of any content type, and with metadata.",
)
CHECKSUM = Need(
    "S3 checksum",
    "bytes that are not those of their checksum are refused",
    "Bytes that are damaged on their way are kept as if they were sound.",
    "Set S3_CHECKSUM_HEADER=false if the store does not know the header; else use another store (docs/stores.md).",
    vital=False,
)
ORDER = Need(
    "S3 listing in key order",
    "what was written is listed, in order",
    "The sweep stops at the first entry that is not due: what is put off is never rung for again.",
    ANOTHER_STORE,
)
PAGES = Need(
    "S3 listing page by page",
    "a listing goes on after its first page",
    "What stands behind the first thousand objects is never found.",
    ANOTHER_STORE,
)
AFTER = Need(
    "S3 listing from a key on",
    "a listing begins after a key",
    "A sweep sees no more than its first page; `fixative ls` and `failed` cannot look at a span of days.",
    ANOTHER_STORE,
    vital=False,
)
DATE = Need(
    "S3 Date",
    "its answers tell the time",
    "Hosts whose clocks differ disagree about whose turn it is.",
    "Let what stands before the store pass its Date header on.",
    vital=False,
)


class Wrong(FixativeError):
    """The store did something else than it should; the sentence says what. `mend`, where it is not the need's."""

    def __init__(self, told: str, mend: str = "") -> None:
        super().__init__(told)
        self.mend = mend


def try_store(bucket: Bucket) -> Iterator[Tried]:
    """How the store does at each need, in order; a store that cannot write and read is asked nothing more.

    It writes under `probe/` and takes away what it wrote. Some fifty requests, each within the bucket's bounds.
    """
    trial = _Trial(bucket, layout.probe_key(f"trial-{ULID()}"))
    try:
        first = _tried(BASICS, trial.basics)
        yield first
        if first.ok:
            for need, does in (
                (CREATE, trial.create),
                (SWAP, trial.swap),
                (IMAGE, trial.image),
                (CHECKSUM, trial.checksum),
                (ORDER, trial.order),
                (PAGES, trial.pages),
                (AFTER, trial.after),
                (DATE, trial.date),
            ):
                yield _tried(need, does)
    finally:
        trial.clear()


def _tried(need: Need, does: Callable[[], None]) -> Tried:
    try:
        does()
    except Wrong as wrong:
        return Tried(need, str(wrong), wrong.mend or need.mend)
    except TryLater as error:
        problem = error.detail or str(error.reason)
        passes = not isinstance(error, (BucketAmiss, BucketRefuses))
        return Tried(need, problem, mend_for(problem) or need.mend, passes=passes)
    except (Missing, Taken) as error:
        return Tried(need, f"the store says that {error} is {_WORDS[type(error)]}", need.mend)
    return Tried(need)


_WORDS = {Missing: "not there, where it was just written", Taken: "taken or changed, where it was not"}


class _Trial:
    """Each method does one thing to the store, and raises Wrong where the result is another than it should be."""

    def __init__(self, bucket: Bucket, place: str) -> None:
        self._bucket, self._place, self._wrote = bucket, place, False
        # In another order than the listing's, so that a store that lists by time is seen.
        self._listed = [f"{place}/list/{name}" for name in (*IN_ORDER[2:], *IN_ORDER[:2])]

    def basics(self) -> None:
        key = f"{self._place}/basics"
        # Who remembers that nothing stood there, as a cache may, is seen by what is read next.
        self._gone(key, "what was never written is there")
        self._bucket.put(key, b"first")
        self._wrote = True
        if self._bucket.get(key).body != b"first":
            raise Wrong("what was read is not what was written")
        self._bucket.put(key, b"second")
        if self._bucket.get(key).body != b"second":
            raise Wrong("an object that was written over is still read as it was")
        self._bucket.delete(key)
        self._gone(key, "what was deleted is still there")

    def create(self) -> None:
        key = f"{self._place}/create"
        self._bucket.put_new(key, b"first")
        try:
            self._bucket.put_new(key, b"first")
        except Taken:
            raise Wrong("the very bytes that stand there are told to be others") from None
        self._refused(
            lambda: self._bucket.put_new(key, b"second"), "a second write under the same key was taken"
        )
        if self._bucket.get(key).body != b"first":
            raise Wrong("a second write under the same key was refused, and written all the same")

    def swap(self) -> None:
        key = f"{self._place}/swap"
        self._bucket.put(key, b"first")
        old = self._bucket.get(key).etag
        try:
            self._bucket.put_over(key, b"second", etag=old)
        except Taken:
            changed = old.startswith("W/") or "gzip" in old
            raise Wrong(
                f"a write over the very version that was read, ETag {old}, was refused",
                LEAVE_ETAGS if changed else "",
            ) from None
        now = self._bucket.get(key)
        if now.body != b"second":
            raise Wrong("a write over the version that was read was answered well, and not done")
        if now.etag == old:
            raise Wrong("two versions have the same ETag")
        self._refused(
            lambda: self._bucket.put_over(key, b"third", etag=old), "a write over another version was taken"
        )
        if self._bucket.get(key).body != b"second":
            raise Wrong("a write over another version was refused, and written all the same")

    def image(self) -> None:
        key, body = f"{self._place}/image", bytes(IMAGE_BYTES)
        self._bucket.put_new(key, body, content_type="image/png", metadata={"model": "a trial"}, image=True)
        if self._bucket.get(key).body != body:
            raise Wrong("an image that was read is not what was written")

    def checksum(self) -> None:
        key = f"{self._place}/checksum"
        try:
            self._bucket.put_told_as(key, b"these bytes", b"other bytes")
        except TryLater:
            self._gone(key, "bytes that are not those of their checksum were refused, and kept all the same")
            return
        raise Wrong("bytes that are not those of their checksum were taken")

    def order(self) -> None:
        for key in self._listed:
            self._bucket.put(key, b"listed")
        found = self._list()
        self._bucket.delete(self._listed[0])
        left = self._list()
        if sorted(found) != sorted(self._listed):
            count = len(self._listed)
            raise Wrong(f"of {count} objects that were just written, a listing tells {len(found)}")
        if found != sorted(self._listed):
            raise Wrong("objects are listed in another order than that of their keys")
        if self._listed[0] in left:
            raise Wrong("an object that was deleted is still listed")

    def pages(self) -> None:
        if sorted(self._list(page_keys=1)) != sorted(self._listed[1:]):
            raise Wrong("a listing in pages of one object tells other objects than a listing in one page")

    def after(self) -> None:
        left = sorted(self._listed[1:])
        if self._list(after=left[0]) != left[1:]:
            raise Wrong("a listing that should begin after a key (start-after) begins elsewhere")

    def date(self) -> None:
        if not self._bucket.clock.heard:
            raise Wrong("no answer has a Date header that can be read")

    def clear(self) -> None:
        """Take away what was written, as far as the store lets it; what stays is small, and under `probe/`.

        Nothing where not even the first object could be written, and no more once the store is away: each request
        to one that is frozen takes all the time that it is given.
        """
        if not self._wrote:
            return
        with contextlib.suppress(TryLater):
            for name in ("basics", "create", "swap", "image", "checksum"):
                self._bucket.delete(f"{self._place}/{name}")
            for key in self._listed:
                self._bucket.delete(key)

    def _list(self, *, after: str = "", page_keys: int = 1000) -> list[str]:
        found = self._bucket.list(f"{self._place}/list/", after=after, most=10, page_keys=page_keys)
        return [entry.key for entry in found]

    def _gone(self, key: str, otherwise: str) -> None:
        with contextlib.suppress(Missing):
            self._bucket.get(key)
            raise Wrong(otherwise)

    @staticmethod
    def _refused(write: Callable[[], None], otherwise: str) -> None:
        with contextlib.suppress(Taken):
            write()
            raise Wrong(otherwise)
