"""What one run brings to each of its sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from archive.records.inline import is_inline
from archive.records.notification import without_query
from archive.records.work import Work
from providers.expecting.expectation import Expectation

# Whom an image is fetched from that came within a body, as logs say it.
NOBODY = "inline"


@dataclass(frozen=True)
class Turn:
    """What one run brings to each of its sources: `deadline` is of `time.monotonic()`.

    `links` are fresh ones, by index; an asset's source is the one that was told all the same. A link that dies
    within `last_chance` is fetched whatever is known of its host: there may be no other try.
    """

    work: Work
    expectation: Expectation
    hosts: tuple[str, ...]
    deadline: float
    link_life: timedelta
    last_chance: timedelta
    links: Mapping[int, str] = field(default_factory=dict)

    def link(self, index: int) -> str:
        """Where the image of this index is fetched from."""
        return self.links.get(index, self.work.sources[index])

    def is_final(self, index: int) -> bool:
        """Whether what can never be right of its link is so of the image: while a fresh one is tried, that told may live."""
        return index not in self.links or self.work.replay is not None

    def is_inline(self, index: int) -> bool:
        """Whether it came within a body."""
        return is_inline(self.link(index))

    def host(self, index: int) -> str:
        """Whom it is fetched from."""
        return NOBODY if self.is_inline(index) else without_query(self.link(index)).partition("/")[0]
