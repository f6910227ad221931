"""How much of one task has room in its manifest and in its dead letter.

A task is told of with one set of links, and sometimes with a second. What comes beyond the room is a dead letter of
its own, under its delivery's id: nothing is lost by that, and no manifest grows without end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archive.layout import REPLAY
from archive.records.notification import origin_of
from archive.records.work import Work

# Twice the links of one delivery.
IMAGES_MOST = 64
# Sets of links.
SETS_MOST = 8
# In a dead letter: those that the manifest tells of, and as many of which nothing is kept.
LETTER_IMAGES_MOST = 2 * IMAGES_MOST
LETTER_SETS_MOST = 2 * SETS_MOST
# What no manifest, no dead letter of a task and no due entry passes; of a delivery's letter its body comes on top.
MANIFEST_MAX_BYTES = 2_097_152
LETTER_MAX_BYTES = 16_777_216
WORK_MAX_BYTES = 2_097_152
# Of the origins that ended somewhere; of replays, the last ones.
ORIGINS_MOST = 64
REPLAYS_CLOSED_MOST = 16
_WITHOUT_LINKS = {origin_of("failed", ()), origin_of("cancelled", ())}


def has_room_beside(works: Sequence[Work], work: Work) -> bool:
    """Whether a set of links of which nothing is kept has room in a dead letter beside those that stand there.

    One that stands there already does. What has room once has it for good: a letter loses no work before it is
    taken over whole, and nothing is ever moved out for another.
    """
    if any(each.identity == work.identity for each in works):
        return True
    images = work.images.union(*(each.images for each in works))
    return len(works) < SETS_MOST and len(images) <= IMAGES_MOST


def sets_in(closed: Iterable[str]) -> int:
    """How many sets of links ended somewhere: the origins that are no replay's and of no other ending."""
    return sum(not origin.startswith(REPLAY) and origin not in _WITHOUT_LINKS for origin in closed)


def closings(*closed: Iterable[str]) -> tuple[str, ...]:
    """The origins of several records: those of deliveries, and those of the last replays.

    There is room for the origins of all sets, and more. That a replay ended keeps a twin of its run from ending it again, which is harmless, and only soon after.
    """
    origins = sorted({origin for each in closed for origin in each})
    replays = [origin for origin in origins if origin.startswith(REPLAY)]
    told = [origin for origin in origins if not origin.startswith(REPLAY)]
    return (*told[: ORIGINS_MOST - REPLAYS_CLOSED_MOST], *replays[-REPLAYS_CLOSED_MOST:])
