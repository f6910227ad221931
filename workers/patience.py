"""How long an image is waited for, and when it is tried next. Pure.

the link may live                 tried again, whatever it answers
its life is over                  given up, with the last trouble
only our own trouble holds it up  tried again for a day longer
a replay                          its first try is never prevented; fresh links have a life of their own
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import structs

from archive.errors import TryLater
from archive.reasons import Reason
from archive.records.damage import Damage, DamagedForNow, patience
from archive.records.work import Work
from workers.later import OWN_PATIENCE, Distances, after_rest, next_try

OWN_TROUBLE = {
    Reason.STOPPING,
    Reason.OUT_OF_TIME,
    Reason.BUCKET_UNAVAILABLE,
    Reason.DISK_TROUBLE,
    Reason.DECODER_TROUBLE,
    Reason.PROXY_TROUBLE,
    Reason.NEWER_RECORD,
}
# A run that ended so was no try of the link.
UNCOUNTED = {Reason.STOPPING, Reason.SOURCE_RESTING}


def gives_up_at(work: Work, link_life: timedelta) -> datetime:
    """When the link may be taken for dead: from the latest that may be.

    That is from the task's end where one is told, and from the first word of it where none is, or where the link would
    have been dead by then: a clock is wrong, or another moment was meant.
    """
    if work.heard_at is None or work.replay is not None:
        return work.expires_at
    ended = min((heard.ended_at for heard in work.heard if heard.ended_at), default=None)
    began = ended if ended is not None and ended + link_life > work.heard_at >= ended else work.heard_at
    return max(work.expires_at, began + link_life)


def is_certainly_dead(now: datetime, work: Work, troubles: Sequence[TryLater], link_life: timedelta) -> bool:
    """Whether the links should be dead by the end that was told, and the host says so too.

    A provider that cannot be asked for fresh links right now says nothing of them, and a host that shows its files some
    seconds late says the same in the first minutes.
    """
    heard_at = work.heard_at
    if work.replay is None and heard_at is not None and now - heard_at < patience(link_life):
        return False
    ended = any(heard.ended_at for heard in work.heard)
    gone = all(error.reason is Reason.SOURCE_GONE for error in troubles)
    return ended and gone and now >= work.expires_at


def with_fresh_links(work: Work, link_life: timedelta) -> Work:
    """The work of a replay that was given fresh links: they live from then on, and a replay asks for them once."""
    if work.replay is None:
        return work
    return structs.replace(work, expires_at=max(work.expires_at, work.replay.at + link_life))


def counted(troubles: Sequence[TryLater]) -> bool:
    """Whether a run that these put off was a try of the link."""
    return not all(error.reason in UNCOUNTED for error in troubles)


def tried_next(
    now: datetime, work: Work, troubles: Sequence[TryLater], link_life: timedelta, distances: Distances
) -> datetime | None:
    """When the work is due again after these troubles; None where nothing is awaited any more."""
    ends_at = (
        work.expires_at if is_certainly_dead(now, work, troubles, link_life) else gives_up_at(work, link_life)
    )
    retry_after_s = max((error.retry_after_s or 0.0 for error in troubles), default=0.0)
    if all(error.reason is Reason.STOPPING for error in troubles):
        return now
    if not counted(troubles):
        return after_rest(now, rest_s=retry_after_s, expires_at=ends_at)
    # Nothing is given up for trouble of our own.
    own = any(error.reason in OWN_TROUBLE for error in troubles)
    # A link that says itself when it ends is tried before that, and once more then.
    if now < work.expires_at < ends_at and not own:
        ends_at = work.expires_at
    return next_try(
        now,
        tries=work.tries,
        expires_at=max(ends_at, now + OWN_PATIENCE) if own else ends_at,
        distances=distances.within(min(link_life, told_life(work) or link_life)),
        retry_after_s=retry_after_s or None,
    )


def told_life(work: Work) -> timedelta | None:
    """How long the links live from the first word of them on, as far as that is told; None where they do not."""
    left = work.expires_at - work.heard_at if work.heard_at is not None else timedelta()
    return left if left > timedelta() else None


def damages_after(work: Work, troubles: Sequence[TryLater]) -> tuple[Damage, ...]:
    """What is remembered of damaged bytes after a run, by the index of the image."""
    known = {damage.index: damage for damage in work.damages}
    known |= {error.damage.index: error.damage for error in troubles if isinstance(error, DamagedForNow)}
    return tuple(known[index] for index in sorted(known))
