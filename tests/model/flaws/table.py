"""The flaws that may be planted, one at a time: the model must catch each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from tests.model.explore import explore
from tests.model.flaws import of_endings as endings
from tests.model.flaws import of_lines as lines
from tests.model.flaws import of_places as places
from tests.model.flaws import of_turns as turns
from tests.model.flaws import of_writing as writing
from tests.model.parts import Parts
from tests.model.weather import Kind

FLAWS: dict[str, Parts] = {
    "answer before the commit": Parts(door=turns.AnswerBeforeCommit, shown_by=64),
    "inbox deleted before all lines are placed": Parts(settle=turns.InboxFirst),
    "a line dropped when S3 refuses it": Parts(settle=turns.DropOnTrouble, shown_by=68),
    "a poison line holds up its batch": Parts(settle=turns.PoisonHoldsUp, shown_by=24),
    "due by arrival time": Parts(settle=turns.DueByArrival),
    "no claim: everybody runs": Parts(leases=turns.NoClaim),
    "claim deletes the old entry before the new one stands": Parts(leases=turns.OldEntryFirst),
    "putting off deletes the old entry first": Parts(leases=turns.PutOffOldFirst),
    "given up at the first trouble that passes": Parts(archive=turns.OneTry),
    "no sweep": Parts(sweep=turns.NoSweep),
    "the sweep forgets the inbox": Parts(sweep=turns.InboxUnswept, shown_by=3),
    "the sweep stops at an unreadable entry": Parts(sweep=turns.SweepStopsAtRubbish, shown_by=26),
    "the host's clock instead of S3's": Parts(bucket=turns.HostClock, shown_by=75),
    "replay under the old origin": Parts(console=turns.ReplayUnderOldOrigin, shown_by=22),
    "manifest before the assets": Parts(bucket=writing.ManifestBeforeAssets),
    "due entry deleted before the manifest": Parts(archive=writing.DueBeforeManifest),
    "unconditional PUT of the manifest": Parts(bucket=writing.UnconditionalManifest),
    "unconditional PUT of an asset": Parts(bucket=writing.UnconditionalAsset),
    "a taken place is believed to be ours": Parts(bucket=writing.TakenIsOurs, shown_by=15),
    "failed swallows completed": Parts(keep=writing.FailedSwallowsCompleted),
    "no second look after a dead letter": Parts(keep=writing.NoSecondLook, shown_by=42),
    "letter deleted before its story is taken over": Parts(keep=writing.LetterBeforeStory, shown_by=792),
    "letter deleted, its story forgotten": Parts(keep=writing.StoryForgotten, shown_by=42),
    "no letter for what a manifest calls lost": Parts(close=writing.LostUntold),
    "conflict swallowed": Parts(keep=writing.ConflictSwallowed, shown_by=3),
    "what was given up is not looked at again": Parts(
        leases=endings.NotLookedAtAgain, weather="twins", shown_by=2349
    ),
    "a replay closes itself alone": Parts(
        close=endings.ReplayClosesItselfAlone,
        keep=endings.ConflictClosesNothing,
        weather="narrow",
        shown_by=22,
    ),
    "a manifest is listed however late": Parts(catalogue=lines.ListedLate, weather="narrow", shown_by=292),
    "a conflict hides the task's own letter": Parts(
        keep=endings.ConflictHidesLetter, weather="narrow", shown_by=493
    ),
    "no second look after a conflict": Parts(keep=endings.ConflictByOldView, weather="narrow", shown_by=15),
    "letter of a conflict deleted, its story forgotten": Parts(
        keep=endings.ConflictStoryForgotten, weather="narrow", shown_by=93
    ),
    "a replay makes the whole incomplete": Parts(keep=endings.WholeNoMore, weather="narrow", shown_by=104),
    "DELETE that does not wait for the line": Parts(catalogue=lines.DeleteDoesNotWait, shown_by=205),
    "lines handed over without their keys": Parts(catalogue=lines.LinesWithoutTheirKeys, shown_by=2677),
    "what is freed goes although its lines were refused": Parts(
        catalogue=lines.RefusedLinesForgotten, shown_by=30
    ),
    "a letter that an earlier run removed is not told as gone": Parts(
        close=lines.LettersGoUntold, shown_by=1122
    ),
    "a claimed run looks for no letter apart": Parts(
        keep=endings.ClaimedUnseen, weather="crowded", shown_by=313
    ),
    "in place: the batch goes before the manifest": Parts(in_place=places.InboxBeforeManifest),
    "in place: the batch goes before what is left has its entry": Parts(settle=places.InboxBeforeRoad),
    "in place: what did not end is forgotten": Parts(in_place=places.LeftForgotten),
    "in place: however old the batch is": Parts(in_place=places.HoweverOld, shown_by=13),
    "in place: written however late": Parts(in_place=places.HoweverLate, shown_by=21),
    "in place: images are given up": Parts(in_place=places.GivesUp),
    "in place: refused bytes are kept": Parts(fetcher=places.RefusedKept, shown_by=8),
    "in place: a letter beside the manifest is not looked for": Parts(
        keep=places.LetterUnseen, weather="young", shown_by=481
    ),
}


# What a part raises that was planted for another form of what it replaces.
UNFIT = ("raised: TypeError", "raised: AttributeError")


class Caught(NamedTuple):
    """How a flaw was caught: by which seeds, of how many, and by which laws."""

    tried: int
    seeds: tuple[int, ...]
    laws: Counter[str]


def plant(flaw: str, seeds: Iterable[int], *, most: int = 0) -> Caught:
    """Run seeds with a flaw, until so many have caught it; a seed that fails without it catches nothing.

    Raises:
        TypeError: if the flaw does not fit the code any more, and would be caught by that.
    """
    parts = FLAWS[flaw]
    tried, caught, laws = 0, [], Counter[str]()
    for tried, seed in enumerate(seeds, 1):  # noqa: B007 - told when the loop has ended
        found = explore([seed], parts, parts.weather)
        for told in found.failed.get(seed, ()):
            if told.startswith(UNFIT):
                raise TypeError(f"{flaw}: {told}")
        if found.failed and _holds(seed, parts.weather):
            caught.append(seed)
            laws += found.laws
            if len(caught) == most:
                break
    return Caught(tried, tuple(caught), laws)


@cache
def _holds(seed: int, weather: Kind) -> bool:
    return not explore([seed], Parts(), weather).failed


def table(seeds: int, *, most: int = 0) -> Iterator[str]:
    """All flaws, line by line, each until so many seeds have caught it."""
    yield f"| flaw | weather | caught, of {seeds} seeds | first seed | by |"
    yield "| --- | --- | --- | --- | --- |"
    for flaw, parts in FLAWS.items():
        caught = plant(flaw, range(seeds), most=most)
        laws = ", ".join(f"`{law}` {count}" for law, count in caught.laws.most_common(3))
        first = caught.seeds[0] if caught.seeds else "none"
        yield f"| {flaw} | {parts.weather} | {len(caught.seeds)} | {first} | {laws} |"
