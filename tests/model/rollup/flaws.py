"""Flaws that may be planted in the roll-up; the model must catch each of them. Only tests know them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from archive.errors import Missing, Taken
from archive.rolled.day import CatalogueDay, Roll, Told
from tests.model.rollup.world import ModelRoller, RollParts, SmallDay
from tests.model.s3 import SteppedS3


class Overwriting(ModelRoller):
    """Writes its file over whatever stands there."""

    def _put(self, roll: Roll, target: Path) -> None:
        self._bucket.put(roll.key, target.read_bytes())


class LoserDeletes(ModelRoller):
    """Removes what it has listed, whoever's file stands."""

    def _put(self, roll: Roll, target: Path) -> None:
        try:
            super()._put(roll, target)
        except Taken:
            for key in roll.sources:
                self._bucket.delete(key)
            raise


class RolledFirst(SteppedS3):
    """Rolled files sort before what they replace."""

    def listed(self, under: str, after: str) -> list[str]:
        found = (key for key in self.objects if key.startswith(under) and _turned(key) > _turned(after))
        return sorted(found, key=_turned)


def _turned(key: str) -> str:
    return key.replace("~", "!")


class WithoutIt(ModelRoller):
    """Rolls up what is left when a source is gone meanwhile, and says that it replaces all."""

    def _lines(self, key: str) -> bytes:
        try:
            return super()._lines(key)
        except Missing:
            return b"\n"


class NamesGivenAgain(SmallDay):
    """Counts the files of a place: a name that was given once is given again."""

    def _rolls(self, hour: int | None, keys: Sequence[str], heads: Told) -> list[Roll]:
        rolls = super()._rolls(hour, keys, heads)
        beside = self.days if hour is None else self.hours.get(hour, ())
        return [roll._replace(ordinal=len(beside)) for roll in rolls]


class HoursAfterTheDay(SmallDay):
    """Makes hours of what comes late to a day whose file stands."""

    def due(self, heads: Told, now: datetime, spread: timedelta = timedelta(0)) -> list[Roll]:
        days, self.days = self.days, []
        rolls = super().due(heads, now, spread)
        self.days = days
        return rolls


def _with(day: type[CatalogueDay]) -> type[ModelRoller]:
    return type("Flawed", (ModelRoller,), {"day_kind": day})


FLAWS: dict[str, RollParts] = {
    "a rolled file is written over another": RollParts(roller=Overwriting),
    "the loser deletes what it listed": RollParts(roller=LoserDeletes),
    "rolled files sort before what they replace": RollParts(s3=RolledFirst),
    "a source that is gone is left out": RollParts(roller=WithoutIt),
    "a name is given a second time": RollParts(roller=_with(NamesGivenAgain)),
    "hours after the day": RollParts(roller=_with(HoursAfterTheDay)),
}

# A seed that shows each, found by `python -m tests.model.rollup --flaws`.
SHOWN_BY = dict(zip(FLAWS, (2, 1, 51, 6, 85, 4), strict=True))
