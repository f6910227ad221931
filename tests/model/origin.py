"""Where the images come from: each link with how it behaves, and what it has served."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from archive.errors import Damaged, SourceLost, SourceTrouble
from archive.reasons import Reason
from archive.records.notification import without_query

# Of the half ones some tries bring an image and others do not; "half_forbidden" redirects now and then to a host
# that is not allowed, for which an image is given up immediately.
Kind = Literal[
    "ok", "varies", "flaky", "never", "gone", "forbidden", "half_forbidden", "corrupt", "half_corrupt"
]
KINDS: tuple[Kind, ...] = ("ok", "ok", "ok", "ok", "varies", "varies", "flaky", "flaky", "never", "gone", "forbidden", "forbidden", "corrupt", "half_corrupt")  # fmt: skip
# How often a half one gives none.
HALF = 0.5


@dataclass
class Link:
    """One image at its provider. `good_from_s`: when a flaky one answers for sure; `mended`: it was lost before."""

    kind: Kind
    dies_s: float
    good_from_s: float = 0.0
    mended: bool = False


class Origin:
    """Serves by host and path. A query of `sig=old` is that of a link whose signature has run out."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self.links: dict[str, Link] = {}
        self.served: defaultdict[str, set[bytes]] = defaultdict(set)
        self.damaged_s: dict[str, float] = {}  # since when a link has given damaged bytes
        self.asked: defaultdict[str, int] = defaultdict(int)

    def serve(self, url: str, now_s: float) -> bytes:
        """The bytes of an image, or trouble, as the downloader and the decoder would tell it."""
        path = without_query(url)
        link = self.links[path]
        self.asked[path] += 1
        if link.kind == "forbidden" or (link.kind == "half_forbidden" and self._dice.random() < HALF):
            raise SourceLost(Reason.FORBIDDEN_SOURCE, "its host is not allowed yet")
        if link.kind == "gone" or now_s >= link.dies_s or "sig=old" in url:
            raise SourceTrouble(Reason.SOURCE_GONE, "403")
        if link.kind == "never" or (
            link.kind == "flaky" and now_s < link.good_from_s and self._dice.random() < 0.7
        ):
            patience = self._dice.choice((None, None, 120.0, 90_000.0))
            raise SourceTrouble(Reason.SOURCE_BUSY, "429", retry_after_s=patience)
        if link.kind == "corrupt" or (link.kind == "half_corrupt" and self._dice.random() < HALF):
            self.damaged_s.setdefault(path, now_s)
            raise Damaged(Reason.UNDECODABLE, "cut in half")
        variant = self._dice.choice("ab") if link.kind == "varies" else "a"
        body = f"{path} {variant}".encode()
        self.served[path].add(body)
        return body
