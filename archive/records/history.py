"""What is remembered of many deliveries, or of many replays, in little room: the first, the last, and a count.

    named      the first FIRST and the last LAST by their ids, which are by time
    counted    how many lie between, and short digests of the last DIGESTS_MOST of these

A delivery that is counted is settled by that, as one that is named is. By its digest it is known again: merged a
second time, or moved from one record to another, it is counted once. Of one whose digest was dropped for newer ones
that can no longer be known: a task must be told of more than two thousand times for that.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from msgspec import Meta

from archive.records.record import Record
from archive.records.unknown import carried, joined

FIRST = 8
LAST = 8
NAMED_MOST = FIRST + LAST
DIGESTS_MOST = 2_000
# Two of 2,000 are alike once in thirty million tasks.
DIGEST_BYTES = 6
_DIGEST_CHARACTERS = 8


class Counted(Record, frozen=True, kw_only=True):
    """How many are counted and not named; `digests` are eight characters each, of the last of them.

    A digest is base64url of the first six bytes of the id's BLAKE2b.
    """

    count: Annotated[int, Meta(ge=1, le=2**53)]
    digests: Annotated[
        str,
        Meta(
            pattern=r"^(?:[A-Za-z0-9_-]{8})*(?![\s\S])",
            extra={"most_bytes": DIGESTS_MOST * _DIGEST_CHARACTERS},
        ),
    ] = ""

    @property
    def known(self) -> dict[str, None]:
        """The digests in their order."""
        starts = range(0, len(self.digests), _DIGEST_CHARACTERS)
        return dict.fromkeys(self.digests[start : start + _DIGEST_CHARACTERS] for start in starts)

    @property
    def forgotten(self) -> int:
        """How many are counted whose digests are not there any more."""
        return max(0, self.count - len(self.known))


Word = TypeVar("Word", bound=Record)


@dataclass(frozen=True)
class History(Generic[Word]):
    """The words that are named, in the order of their ids, and those that are counted."""

    named: tuple[Word, ...] = ()
    counted: Counted | None = None

    @property
    def total(self) -> int:
        """How many it tells of."""
        return len(self.named) + (self.counted.count if self.counted else 0)

    def tells_of(self, identity: str) -> bool:
        """Whether it names or counts the word of this id."""
        return any(word.identity == identity for word in self.named) or digest(identity) in self._known

    def covers(self, other: History[Word]) -> bool:
        """Whether it tells of all that another tells of, as far as that can be known."""
        ours = {*self._known, *(digest(str(word.identity)) for word in self.named)}
        return (
            all(digest(str(word.identity)) in ours for word in other.named)
            and ours.issuperset(other._known)
            and (not other._forgotten or self._forgotten >= other._forgotten)
        )

    def with_(self, *others: History[Word]) -> History[Word]:
        """All that it and others tell of, each once; of a word that several name the last one's fields hold."""
        told = self
        for other in others:
            told = told._with(other)
        return told

    def without(self, other: History[Word]) -> History[Word]:
        """What it tells of and another does not."""
        theirs = {*other._known, *(digest(str(word.identity)) for word in other.named)}
        known = [each for each in self._known if each not in theirs]
        same = not theirs.isdisjoint(self._known)
        forgotten = max(0, self._forgotten - other._forgotten) if same else self._forgotten
        named = tuple(word for word in self.named if digest(str(word.identity)) not in theirs)
        return History(named, _counted(known, forgotten, self.counted))

    @property
    def _known(self) -> dict[str, None]:
        return self.counted.known if self.counted else {}

    @property
    def _forgotten(self) -> int:
        return self.counted.forgotten if self.counted else 0

    def _with(self, other: History[Word]) -> History[Word]:
        mine, theirs = self._known, other._known
        known = {**mine, **theirs}
        named = [word for word in joined(self.named, other.named) if digest(str(word.identity)) not in known]
        more = named[FIRST:-LAST] if len(named) > NAMED_MOST else []
        known |= dict.fromkeys(digest(str(word.identity)) for word in more)
        kept = [*named[:FIRST], *named[FIRST + len(more) :]]
        # What both have forgotten is taken for the same where they share what they know.
        shared = not set(mine).isdisjoint(theirs)
        forgotten = [self._forgotten, other._forgotten]
        return History(
            tuple(kept),
            _counted(list(known), max(forgotten) if shared else sum(forgotten), self.counted, other.counted),
        )


def history_of(words: Iterable[Word], counted: Counted | None = None) -> History[Word]:
    """The history of some words, in whatever order and number, beside those that are counted already."""
    begun: History[Word] = History((), counted)
    return begun.with_(History(joined(words)))


def digest(identity: str) -> str:
    """By which one that is counted is known again."""
    short = hashlib.blake2b(identity.encode(), digest_size=DIGEST_BYTES).digest()
    return base64.urlsafe_b64encode(short).decode()


def _counted(known: list[str], forgotten: int, *olds: Counted | None) -> Counted | None:
    count = len(known) + forgotten
    if not count:
        return None
    counted = Counted(count=count, digests="".join(known[-DIGESTS_MOST:]))
    return carried(counted, *(old for old in olds if old is not None))
