"""How much of one task has room in its manifest and in its dead letter.

A task is told of with one set of links, and sometimes with a second. What comes beyond the room is a dead letter of
its own, under its delivery's id: nothing is lost by that, and no manifest grows without end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from archive.layout import REPLAY
from archive.notification import origin_of
from archive.work import Work

# Twice the links of one delivery.
IMAGES_MOST = 64
# Sets of links.
SETS_MOST = 8
# What no manifest, no dead letter of a task and no due entry passes; of a delivery's letter its body comes on top.
MANIFEST_MAX_BYTES = 2_097_152
LETTER_MAX_BYTES = 8_388_608
WORK_MAX_BYTES = 2_097_152
# Of the origins that ended somewhere; of replays, the last ones.
ORIGINS_MOST = 64
REPLAYS_CLOSED_MOST = 16
_WITHOUT_LINKS = {origin_of("failed", ()), origin_of("cancelled", ())}


def without_room(works: Iterable[Work], told_in: Collection[str] = ()) -> list[Work]:
    """Which of the works of a dead letter have no room in it.

    Those have room whose origins the task's manifest tells of (a letter apart would tell of them twice, and the
    manifest has no room for more than these), and then those that stand first.
    """
    images = sets = 0
    beyond = []
    for work in sorted(works, key=lambda each: each.origin not in told_in):
        if sets < SETS_MOST and images + len(work.sources) <= IMAGES_MOST:
            images += len(work.sources)
            sets += 1
        else:
            beyond.append(work)
    return beyond


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
