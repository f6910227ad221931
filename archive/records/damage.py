"""Bytes that came for an image and were no sound one: remembered until they are certain to be all that comes.

A page of HTML in place of an image, or half of a file, is often the trouble of seconds. So bytes are called damaged
only when the very same ones came several times over a while; until then the image is put off like any trouble.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import structs

from archive.errors import SourceTrouble
from archive.reasons import Reason
from archive.records.asset import Detail
from archive.records.ids import Sha256
from archive.records.record import Record

# The very same bytes as often, over a while: ten minutes, or a tenth of the link's life where that is shorter.
SAME_TIMES = 3
SAME_FOR = timedelta(minutes=10)
SAME_FOR_SHARE = 10


class Damage(Record, frozen=True, kw_only=True):
    """What came for one image: the SHA-256 of the bytes, what is wrong with them, how often and since when."""

    index: int
    sha256: Sha256
    reason: Reason
    first_at: datetime
    detail: Detail = ""
    times: int = 1

    @property
    def identity(self) -> int:
        """One is remembered of each image."""
        return self.index

    def certain(self, now: datetime, link_life: timedelta) -> bool:
        """Whether the same bytes came often enough, for long enough, that no others are awaited."""
        return self.times >= SAME_TIMES and now - self.first_at >= patience(link_life)


class DamagedForNow(SourceTrouble):
    """Bytes came that are no sound image, and others may come yet; `damage` is what is remembered of them."""

    def __init__(self, damage: Damage) -> None:
        super().__init__(damage.reason, damage.detail)
        self.damage = damage


def again(known: Damage | None, new: Damage) -> Damage:
    """What is remembered after bytes came once more; other bytes than before begin anew."""
    if known is None or (known.index, known.sha256) != (new.index, new.sha256):
        return new
    return structs.replace(new, times=known.times + 1, first_at=known.first_at)


def patience(link_life: timedelta) -> timedelta:
    """How long a word that may pass (damaged bytes, a provider that does not know the task) is not believed."""
    return min(SAME_FOR, link_life / SAME_FOR_SHARE)
