"""A shop whose provider answers as a test says."""

from __future__ import annotations

from collections.abc import Callable

from archive.errors import SourceTrouble, TryLater
from archive.reasons import Reason
from archive.records.asset import KeptAsset, LostAsset
from tests.fakes.task_api import ScriptedAsker
from tests.fakes.words import kept
from tests.unit.workers.shop import Shop
from workers.asking.fresh_links import FreshLinks
from workers.fetch_asset import FetchAsset
from workers.turn import Turn


class LinkFetcher(FetchAsset):
    """Keeps what a link leads to, unless the test has killed that link."""

    def __init__(self, *dead: str) -> None:
        self.dead = set(dead)
        self.fetched: list[str] = []
        self.trouble: TryLater | None = None
        self.of_dead: TryLater = SourceTrouble(Reason.SOURCE_GONE, "the origin answered 404 Not Found")

    def fetch(self, turn: Turn, index: int) -> KeptAsset | LostAsset:
        if self.trouble is not None:
            raise self.trouble
        self.fetched.append(turn.link(index))
        told = turn.work.sources[index].removeprefix("https://").partition("?")[0]
        if turn.link(index) in self.dead:
            raise self.of_dead
        return kept(index, source=told)


class AskingShop(Shop):
    """A shop whose provider answers as the test says."""

    def __init__(
        self, *answers: bytes | Exception | None, confirm: bool = False, dead: tuple[str, ...] = ()
    ) -> None:
        super().__init__()
        self.asker, self.links = ScriptedAsker(*answers), LinkFetcher(*dead)
        self.due = self._due(
            self.links, FreshLinks({"evolink": self.asker}, confirm=("evolink",) if confirm else ())
        )


ShopOf = Callable[..., AskingShop]
