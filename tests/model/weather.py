"""What goes wrong, and how often; each seed draws its own weather, so that some seeds see one trouble alone.

mild     every trouble, each seldom; one seed in eight is undisturbed
hard     processes end or freeze right after a write, half of the bells come twice, deliveries contradict one another
narrow   the same on one task of one or two images and without S3's own troubles, so that all of it meets there
twins    a single delivery whose bell always comes twice, the second late, to workers that sleep and are killed
crowded  as narrow, on one task that is told of with more sets of links than it has room for
young    bells are heard soon, so that batches are worked in place; processes are killed or sleep past a batch's lease

The story is drawn by the same word (`story.py`).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

Kind = Literal["mild", "hard", "narrow", "twins", "crowded", "young"]
Trouble = Literal["", "refused", "unanswered", "own_success_taken"]


@dataclass
class Weather:
    """Rates, each for one turn or one call. `calm` ends all of it."""

    dice: random.Random
    fail: float = 0.0
    bell_lost: float = 0.0
    bell_doubled: float = 0.0
    bell_refused: float = 0.0
    bell_late: float = 0.0  # a bell is not heard although nothing else goes on
    kill: float = 0.0
    kill_after_write: float = 0.0
    kill_after_word: float = 0.0  # that is, after a manifest or a dead letter
    freeze_after_write: float = 0.0
    flush: float = 0.0
    stall: float = 0.0
    freeze: float = 0.0
    stalls_s: tuple[float, ...] = (5.0, 100.0, 300.0, 2000.0)
    sleeps_s: tuple[float, ...] = (5.0, 50.0, 200.0, 1000.0)
    hang: float = 0.0
    catalogue_late: float = 0.0
    replay: float = 0.004
    faulty_turns: int = 0
    sticky: float = 0.0
    step_s: float = 0.01
    calm: bool = False

    def trouble(self, *, changes: bool, conditional: bool) -> Trouble:
        """What happens to a call of the bucket."""
        dice = self.dice
        if self.calm or dice.random() >= self.fail:
            return ""
        if not changes or dice.random() < 0.4:
            return "refused"
        # The client tries again by itself, and meets its own success.
        return "own_success_taken" if conditional and dice.random() < 0.5 else "unanswered"

    def happens(self, rate: float) -> bool:
        """Whether a trouble of this rate strikes now."""
        return not self.calm and rate > 0.0 and self.dice.random() < rate


def weather_of(dice: random.Random, kind: Kind) -> Weather:
    """The weather of one seed."""
    kinds = {
        "mild": _mild,
        "hard": _hard,
        "narrow": _narrow,
        "twins": _twins,
        "crowded": _crowded,
        "young": _young,
    }
    return kinds[kind](dice)


def _hard(dice: random.Random) -> Weather:
    return Weather(
        dice,
        sticky=dice.choice((0.0, 0.5, 0.9)),
        step_s=dice.choice((0.01, 0.1, 0.5, 2.0)),
        fail=dice.choice((0.0, 0.0, 0.01, 0.05)),
        bell_lost=dice.choice((0.0, 0.0, 0.2)),
        bell_doubled=0.5,
        bell_refused=dice.choice((0.0, 0.0, 0.1)),
        kill=dice.choice((0.0, 0.004)),
        kill_after_write=dice.choice((0.0, 0.01, 0.03, 0.08)),
        kill_after_word=dice.choice((0.0, 0.1, 0.3)),
        freeze_after_write=dice.choice((0.0, 0.01, 0.03, 0.08)),
        flush=dice.choice((0.0, 0.0, 0.004)),
        stall=dice.choice((0.0, 0.0, 0.003)),
        freeze=dice.choice((0.0, 0.0, 0.01)),
        hang=dice.choice((0.0, 0.0, 0.3)),
        catalogue_late=dice.choice((0.0, 0.0, 0.0, 0.05)),
        faulty_turns=dice.randrange(100, 600),
    )


def _narrow(dice: random.Random) -> Weather:
    return Weather(
        dice,
        sticky=dice.choice((0.0, 0.5, 0.8)),
        step_s=dice.choice((0.1, 1.0)),
        bell_doubled=0.7,
        kill_after_write=dice.choice((0.0, 0.02, 0.05)),
        kill_after_word=dice.choice((0.1, 0.3)),
        freeze_after_write=dice.choice((0.0, 0.05, 0.1)),
        freeze=dice.choice((0.0, 0.02)),
        stall=dice.choice((0.0, 0.02)),
        stalls_s=(5.0, 100.0, 300.0, 2000.0, 9000.0),
        replay=0.1,
        faulty_turns=dice.randrange(100, 400),
    )


def _crowded(dice: random.Random) -> Weather:
    return Weather(
        dice,
        sticky=dice.choice((0.0, 0.5, 0.8)),
        step_s=dice.choice((0.1, 1.0)),
        bell_doubled=dice.choice((0.0, 0.3)),
        kill=dice.choice((0.0, 0.004)),
        kill_after_write=dice.choice((0.0, 0.02, 0.05)),
        kill_after_word=dice.choice((0.0, 0.1, 0.3)),
        freeze_after_write=dice.choice((0.0, 0.05, 0.1)),
        stall=dice.choice((0.0, 0.01)),
        replay=0.02,
        faulty_turns=dice.randrange(200, 700),
    )


def _twins(dice: random.Random) -> Weather:
    return Weather(
        dice,
        sticky=dice.choice((0.5, 0.8)),
        step_s=dice.choice((0.1, 1.0)),
        bell_doubled=1.0,
        bell_late=dice.choice((0.0, 0.5)),
        kill_after_word=0.4,
        freeze_after_write=dice.choice((0.1, 0.3)),
        sleeps_s=(50.0, 100.0, 200.0),
        stall=dice.choice((0.0, 0.1)),
        stalls_s=(60.0, 100.0),
        faulty_turns=dice.randrange(80, 200),
    )


def _young(dice: random.Random) -> Weather:
    return Weather(
        dice,
        sticky=dice.choice((0.0, 0.5, 0.9)),
        step_s=dice.choice((0.01, 0.1, 0.5)),
        fail=dice.choice((0.0, 0.0, 0.03)),
        bell_doubled=dice.choice((0.0, 0.3, 0.7)),
        kill_after_write=dice.choice((0.0, 0.02, 0.05)),
        kill_after_word=dice.choice((0.0, 0.1, 0.3)),
        freeze_after_write=dice.choice((0.0, 0.05, 0.1)),
        freeze=dice.choice((0.0, 0.01)),
        sleeps_s=(5.0, 20.0, 50.0, 100.0, 400.0),
        hang=dice.choice((0.0, 0.0, 0.2)),
        catalogue_late=dice.choice((0.0, 0.0, 0.1)),
        replay=0.01,
        faulty_turns=dice.randrange(80, 400),
    )


def _mild(dice: random.Random) -> Weather:
    """One seed in eight is undisturbed."""
    weather = Weather(dice, sticky=dice.choice((0.0, 0.5, 0.9)), step_s=dice.choice((0.01, 0.1, 0.5, 2.0)))
    if dice.random() < 0.125:
        return weather
    weather.fail = dice.choice((0.0, 0.0, 0.01, 0.05, 0.12))
    weather.bell_lost = dice.choice((0.0, 0.2, 0.6))
    weather.bell_doubled = dice.choice((0.0, 0.1, 0.4))
    weather.bell_refused = dice.choice((0.0, 0.0, 0.2))
    weather.kill = dice.choice((0.0, 0.004, 0.02))
    weather.flush = dice.choice((0.0, 0.004))
    weather.stall = dice.choice((0.0, 0.003, 0.015))
    weather.freeze = dice.choice((0.0, 0.01, 0.05))
    weather.hang = dice.choice((0.0, 0.0, 0.3))
    weather.catalogue_late = dice.choice((0.0, 0.0, 0.0, 0.05))
    weather.faulty_turns = dice.randrange(60, 400)
    return weather
