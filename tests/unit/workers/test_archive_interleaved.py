"""Two runs of one task in every interleaving of two switches, where a story could fall between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from greenlet import getcurrent, greenlet

from archive import layout
from archive.reasons import Reason
from archive.records.delivery import Replay
from archive.records.work import Work
from tests.fakes.words import DAY, NOW, heard, kept, lost, manifest, work
from tests.unit.workers.shop import MANIFEST, Shop
from workers.account import Account
from workers.apart import apart_of

OTHER = "files.evolink.ai/b/0.png"
APART = layout.dead_delivery_key(DAY, "evolink", heard(2).delivery_id)


def _replayed(number: int) -> Work:
    """A person's replay of other images than the task was whole with first."""
    told = Replay(id=f"replay-{number}", at=NOW, who="ops@host")
    return work(
        sources=(f"https://{OTHER}",),
        origin=told.id,
        heard=(heard(2, "origin-b"),),
        replay=told,
        leased=False,
    )


@pytest.mark.parametrize("switch", range(8))
@pytest.mark.parametrize("back", range(8))
def test_of_two_replays_that_lost_what_a_third_has_kept_both_are_told(
    shop: Shop, switch: int, back: int
) -> None:
    """Each adds its story to the letter of the conflict; the one that removes it must not remove the other's."""
    both = manifest(
        kept(0),
        kept(1, "b" * 64, OTHER),
        notifications=(heard(1), heard(2, "origin-b")),
        closed=("origin-a", "origin-b", "replay-1"),
        replays=(Replay(id="replay-1", at=NOW, who="ops@host"),),
    )
    shop.bucket.put(MANIFEST, both.to_pretty_json())

    def end(number: int) -> None:
        shop.keep.bury_apart(
            apart_of(Reason.CONFLICTING_DELIVERY, _replayed(number), [lost(0, OTHER)]), Account()
        )

    _interleaved(shop, lambda: end(2), lambda: end(3), switch=switch, back=back)

    assert [] == shop.keys("dead/")
    assert ["replay-1", "replay-2", "replay-3"] == [replay.id for replay in shop.manifest().replays]
    assert {"replay-2", "replay-3"} <= set(shop.manifest().closed)


def _interleaved(
    shop: Shop, one: Callable[[], object], other: Callable[[], object], *, switch: int, back: int
) -> None:
    """Run one until its request of this number, then the other until its own; then the rest of one, and of the other."""
    first, second = getcurrent(), greenlet(other)
    stops = {first: switch, second: back}
    within: list[object] = []  # a request of the bucket's that is part of another

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def asked(*words: Any, **more: Any) -> Any:
            current = getcurrent()
            if current in stops and current not in within:  # not the catalogue's own thread
                stops[current] -= 1
                if stops[current] == -1:
                    (second if current is first else first).switch()
            within.append(current)
            try:
                return real(*words, **more)
            finally:
                within.remove(current)

        return asked

    for name in ("get", "put_new", "put_over", "delete"):
        setattr(shop.bucket, name, counted(getattr(shop.bucket, name)))
    one()
    while not second.dead:
        second.switch()
