"""Who closed what nobody will replay, when and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from archive.records.bounds import Text
from archive.records.delivery import WHO_MAX_BYTES, WHY_MAX_BYTES
from archive.records.ids import Moment
from archive.records.record import Record
from archive.records.unknown import joined

# Of more the last ones are kept: somebody dismisses what comes again and again.
DISMISSALS_MOST = 8


class Dismissal(Record, frozen=True, kw_only=True):
    """A person's word that something was given up for good; it stays with what was given up."""

    at: Moment
    who: Annotated[str, Text(WHO_MAX_BYTES)]
    why: Annotated[str, Text(WHY_MAX_BYTES)]

    @property
    def identity(self) -> tuple[str, str]:
        """Its moment, and who it was."""
        return self.at.isoformat(), self.who


def dismissals_of(*groups: Iterable[Dismissal]) -> tuple[Dismissal, ...]:
    """Those of several records, each once, in the order of time."""
    return joined(*groups)[-DISMISSALS_MOST:]
