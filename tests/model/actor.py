"""One thread of control of the model: real code that stops before each call to the world outside."""

from __future__ import annotations

import math
from collections.abc import Callable

from greenlet import GreenletExit, getcurrent, greenlet

from archive import layout


class Actor(greenlet):
    """A job that runs until its next call, when somebody else may be next. Killed, it never runs again.

    `about` is the task and origin that it works on, `bell` the entry that it was rung for, where there is one.
    """

    def __init__(self, job: Callable[[], None], *, name: str, about: str = "", bell: str = "") -> None:
        super().__init__(self._play, _stage())
        self.name, self.about, self.bell = name, about, bell
        self.claimed = False  # whether it has put an entry of its own
        self.wrote = ""  # the key that its last step has written or removed
        self.began_s = self.asleep_until = 0.0
        # When its lease is over, whether it has written a manifest or a dead letter after that, and of which tasks.
        self.lease_until_s, self.late = math.inf, False
        self.tasks = {about.split("~")[1]} if about else set[str]()
        # When the batch was gathered that it works in place just now.
        self.batch_of_s: float | None = None
        self.killed = False
        self.cut_off = False  # whether it has come to no end of its work: killed, or S3 was away
        # The same of a batch of the catalogue: all that it frees.
        self.abouts = [about] if about else []
        self.job = job

    def wrote_at(self, now_s: float, key: str) -> None:
        """It has changed the bucket."""
        self.wrote = key
        self.late |= self.wrote_word and now_s > self.lease_until_s

    @property
    def wrote_word(self) -> bool:
        """Whether its last step has written or removed a manifest or a dead letter."""
        letter = self.wrote.startswith(layout.DEAD) and self.wrote.endswith(".json")
        return letter or self.wrote.endswith("manifest.json")

    def pause(self) -> None:
        """Let the others have their turns; a killed actor goes no further, whatever it tries."""
        if self.killed:
            raise GreenletExit
        assert self.parent is not None
        self.parent.switch()
        if self.killed:
            raise GreenletExit

    def kill(self) -> None:
        """End it where it stands. What it still does while it unwinds reaches nobody."""
        self.killed = True
        if self:  # one that has not begun has nothing to unwind
            self.throw()

    def _play(self) -> None:
        self.job()


def _stage() -> greenlet:
    """Where turns are given, whoever makes an actor."""
    stage = getcurrent()
    while stage.parent is not None:
        stage = stage.parent
    return stage


def acting() -> Actor | None:
    """Who is at it; None while the stage itself is."""
    current = getcurrent()
    return current if isinstance(current, Actor) else None
