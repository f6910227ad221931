"""A dead letter has lines in the catalogue: when it is written, changed and gone, whoever was killed in between."""

from __future__ import annotations

from datetime import timedelta

from msgspec import structs

from archive import layout
from archive.reasons import Reason
from archive.records.asset import LostAsset
from archive.records.catalogue import LetterLine
from archive.records.dead_letter import DeadLetter
from tests.fakes.words import DAY, NOW, heard, kept, lost, manifest, work
from tests.unit.workers.shop import LETTER, MANIFEST, THREE, Shop
from workers.account import Account


def _states(shop: Shop, key: str = LETTER) -> list[str]:
    """Of a letter's lines in order of their objects, without those that say the same again."""
    told = [line.state for line in shop.letter_lines() if line.key == key]
    return [state for place, state in enumerate(told) if told[place - 1 : place] != [state]]


def _holds(shop: Shop, key: str = LETTER) -> LetterLine:
    return max((line for line in shop.letter_lines() if line.key == key), key=lambda line: line.precedence)


def test_what_is_given_up_has_a_line_that_says_what_stands_there(shop: Shop) -> None:
    shop.fetcher.verdicts[1] = lost(1, "files.evolink.ai/a/1.png")
    shop.do(work(sources=THREE))

    line = _holds(shop)
    assert ("stands", 1, 3) == (line.state, line.lost, line.told)
    assert (shop.letter().reason, shop.letter().at) == (line.reason, line.given_up_at)


def test_a_letter_that_its_whole_manifest_takes_over_is_told_as_gone(shop: Shop) -> None:
    shop.fetcher.verdicts[0] = lost(0)
    shop.do(work(heard=(heard(2),)))
    shop.fetcher.verdicts = {}
    shop.do(work())

    assert [] == shop.keys("dead/")
    assert "gone" == _holds(shop).state


def test_a_letter_that_was_removed_by_a_run_that_was_killed_then_is_told_as_gone_by_the_next(
    shop: Shop,
) -> None:
    """The manifest has its story, the letter is not there, and nobody has told so."""
    shop.keep.bury(
        DAY,
        DeadLetter(reason=Reason.SOURCE_GONE, at=NOW, provider="evolink", task_id=work().task_id),
        told := Account(),
    )
    shop.catalogue.hand_over(told)
    assert ["stands"] == _states(shop)
    shop.bucket.delete(LETTER)
    shop.bucket.put(MANIFEST, manifest(kept(0)).to_pretty_json())
    shop.now += timedelta(minutes=5)
    shop.do(work(), after_s=-10)

    assert "gone" == _holds(shop).state


def test_a_letter_whose_line_was_not_written_is_told_by_the_next_run(shop: Shop) -> None:
    shop.fetcher.verdicts[0] = lost(0)
    shop.do(work())
    for key in shop.keys("catalog/"):
        shop.bucket.delete(key)
    shop.rest()

    assert ["stands"] == _states(shop)


def test_an_entry_that_nobody_can_read_is_a_letter_with_a_line(shop: Shop) -> None:
    shop.bucket.put("due/rubbish.json", b"rubbish")
    shop.due.do("due/rubbish.json")

    [key] = shop.keys("dead/")
    assert ("stands", "malformed_record") == (_holds(shop, key).state, _holds(shop, key).reason)
    assert [] == shop.keys("due/")


def test_a_letter_of_other_images_deliveries_is_told_before_what_leads_to_it_goes(shop: Shop) -> None:
    """The task's letter tells of a delivery of other images, which has no entry of its own any more."""
    other = work(
        sources=("https://files.evolink.ai/b/0.png",), origin="origin-b", heard=(heard(2, "origin-b"),)
    )
    gone = LostAsset(index=0, source="files.evolink.ai/b/0.png", reason=Reason.SOURCE_GONE, detail="")
    letter = DeadLetter(
        reason=Reason.SOURCE_GONE, at=NOW, provider="evolink", task_id=other.task_id,
        lost=(gone,), notifications=other.heard, closed=("origin-b",), work=other,
    )  # fmt: skip
    shop.bucket.put(LETTER, letter.to_pretty_json())
    account = Account()
    shop.keep.commit(DAY, manifest(kept(0)), account)
    apart = layout.dead_delivery_key(DAY, "evolink", heard(2).delivery_id)

    assert [apart, LETTER] == sorted(shop.keys("dead/"))
    assert [LETTER] == account.frees
    shop.catalogue.hand_over(account)
    assert [apart] == shop.keys("dead/")
    assert ("stands", "gone") == (_holds(shop, apart).state, _holds(shop).state)


def test_the_line_of_a_letter_that_is_gone_holds_although_another_clock_is_ahead(shop: Shop) -> None:
    """Which line holds follows from the letter: the writer of the first is an hour ahead."""
    ahead = Account()
    shop.now += timedelta(hours=1)
    letter = DeadLetter(
        reason=Reason.SOURCE_GONE, at=NOW, provider="evolink", task_id=work().task_id, work=work()
    )
    shop.keep.bury(DAY, letter, ahead)
    shop.catalogue.hand_over(ahead)
    shop.now -= timedelta(hours=1)
    later = Account()
    shop.keep.commit(DAY, structs.replace(manifest(kept(0)), changed_at=NOW), later)
    shop.catalogue.hand_over(later)

    assert "gone" == _holds(shop).state
