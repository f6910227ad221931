"""A deployment: the processes that share one part of one bucket, and the names of its queues. Pure.

Several deployments may use one Redis. What stands in it under a name of one of them is never another's: each
queue is named by a digest of bucket and prefix. Names of an S3 are not part of it, since one and the same is
reached by several.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

# Enough for 16 million deployments to have a chance of one in a hundred thousand million that two of them meet.
DIGEST_CHARACTERS = 12


class Queues(NamedTuple):
    """The names of the queues, in the order in which workers take from them."""

    short: str
    urgent: str
    inbox: str
    due: str


class Deployment(NamedTuple):
    """Where its objects are; `prefix` is empty or ends in a slash."""

    bucket: str
    prefix: str

    @property
    def name(self) -> str:
        """What tells it from every other."""
        return f"s3://{self.bucket}/{self.prefix}"

    @property
    def queues(self) -> Queues:
        """Its queues in Redis: fixative-<digest>-short and so on."""
        return Queues(*(self.key(kind) for kind in Queues._fields))

    def key(self, kind: str) -> str:
        """A key of its own in Redis. `~fixative-*` is what an ACL must allow."""
        digest = hashlib.sha256(self.name.encode()).hexdigest()[:DIGEST_CHARACTERS]
        return f"fixative-{digest}-{kind}"
