"""Many objects removed by one request, where the store can; and nothing believed of its answer that it does not say.

told as deleted               gone
told as an error, or not      removed by a request of its own, which tells what is the matter
the request fails             the first by itself, and if that goes, the others as well
... and is refused            the same, and the store is not asked for many again

Not every store knows the request, and some want a checksum with it that the client does not send:
https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from archive.errors import BucketRefuses, BucketUnavailable, Missing, Taken

MANY_MOST = 1000  # the most keys that S3 takes in one request


def told_gone(answer: Mapping[str, Any], prefix: str) -> set[str]:
    """The keys, without the bucket's prefix, that an answer says are gone and does not say an error of."""
    gone = {str(told.get("Key", "")) for told in answer.get("Deleted") or ()}
    gone -= {str(told.get("Key", "")) for told in answer.get("Errors") or ()}
    return {key.removeprefix(prefix) for key in gone}


class Removal:
    """How one store removes. `many` asks for a list of keys and tells which are gone, `one` removes a single one."""

    def __init__(self, many: Callable[[Sequence[str]], set[str]], one: Callable[[str], None]) -> None:
        self._many, self._one = many, one
        self._one_by_one = False

    def remove(self, keys: Sequence[str]) -> None:
        """Remove all of these; the others are removed where one cannot be, and then that is raised."""
        trouble: BucketUnavailable | None = None
        for start in range(0, len(keys), MANY_MOST):
            try:
                self._page(keys[start : start + MANY_MOST])
            except BucketUnavailable as error:
                trouble = trouble or error
        if trouble is not None:
            raise trouble

    def _page(self, keys: Sequence[str]) -> None:
        if len(keys) == 1 or self._one_by_one:
            self._each(keys)
            return
        try:
            gone = self._many(keys)
        except (BucketUnavailable, Missing, Taken) as error:
            # A store that is away is not waited for once more for each of them.
            self._one(keys[0])
            self._each(keys[1:])
            self._one_by_one |= not isinstance(error, BucketUnavailable) or isinstance(error, BucketRefuses)
            return
        self._each([key for key in keys if key not in gone])

    def _each(self, keys: Sequence[str]) -> None:
        trouble: BucketUnavailable | None = None
        for key in keys:
            try:
                self._one(key)
            except BucketUnavailable as error:
                trouble = trouble or error
        if trouble is not None:
            raise trouble
