"""Which batches are worked in place by the worker that settles them, and until when. Pure.

    the batch's lease    from the time in its key on, until the sweep rings for it (INBOX_GRACE_S). S3's own time of
                         the object would make one that a relay has brought late look young
    its first quarter    a run in place may begin
    its first half       its images are fetched; what has not got them all by then takes the road
    the rest             a margin: the manifest, the gathering of its line, a slow PUT, two clocks that differ

In place goes what first callbacks bring: a few completed tasks, each told of in one way. What is replayed, asked for,
or told in two ways is not done with one try.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from archive import layout
from workers.placing import Said
from workers.readings import Read

# Real callbacks come one to four to a batch, and some ten in a burst: an entry and a bell for each cost a third of its
# work. A larger batch is shared with other workers, by way of `due/`.
LINES_MOST = 12
# The images of such a batch, all told: one worker fetches them, in parallel.
IMAGES_MOST = 12
# Each process knows S3's time to half a second (archive/store/clock.py), so a batch of now may look to be of later.
CLOCKS_APART = timedelta(seconds=1)
# Of a shorter lease too little would be left beside that.
LEASE_LEAST = timedelta(seconds=10)
# Shares of the lease.
BEGUN_BY, FETCHED_BY = 0.25, 0.5


class BatchLease(NamedTuple):
    """How long a batch is its first settler's."""

    grace: timedelta

    def may_begin(self, inbox_key: str, now: datetime) -> bool:
        """Whether a run in place may begin; never on a batch whose key tells no time, or one that is to come."""
        if self.grace < LEASE_LEAST:
            return False
        try:
            age = now - layout.inbox_time(inbox_key)
        except ValueError:
            return False
        return -CLOCKS_APART <= age <= self.grace * BEGUN_BY

    def fetched_by(self, inbox_key: str) -> datetime:
        """When a run in place must have its images, and begin to write what they are. Raises ValueError."""
        return layout.inbox_time(inbox_key) + self.grace * FETCHED_BY

    def may_have_ended(self, gathered: datetime, now: datetime) -> bool:
        """Whether somebody may have ended the work of a batch of then in place, and been killed after that."""
        return now - gathered > self.grace * BEGUN_BY


def fit_in_place(lines: int, readable: Mapping[Said, Sequence[Read]]) -> tuple[Said, ...]:
    """What of a batch of so many lines may be worked in place, by what it says alone."""
    if lines > LINES_MOST:
        return ()
    ways = Counter((provider, task_id) for provider, task_id, *_ in readable)
    fit = {
        said: len(reads[0].notification.sources)
        for said, reads in readable.items()
        if ways[said[:2]] == 1 and all(map(_is_first_word, reads))
    }
    return tuple(fit) if sum(fit.values()) <= IMAGES_MOST else ()


def _is_first_word(read: Read) -> bool:
    """Whether a delivery is a completed task's own callback, and no replay of one."""
    delivery = read.delivery
    return read.notification.status == "completed" and delivery.via == "callback" and delivery.replay is None
