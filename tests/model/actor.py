"""One thread of control of the model: real code that stops before each call to the world outside."""

from __future__ import annotations

from collections.abc import Callable

from greenlet import GreenletExit, getcurrent, greenlet


class Actor(greenlet):
    """A job that runs until its next call, when somebody else may be next. Killed, it never runs again.

    `about` is the task and origin that it works on, `bell` the entry that it was rung for, where there is one.
    """

    def __init__(self, job: Callable[[], None], *, name: str, about: str = "", bell: str = "") -> None:
        super().__init__(self._play, _stage())
        self.name, self.about, self.bell = name, about, bell
        self.claimed = False  # whether it has put an entry of its own
        self.began_s = self.asleep_until = 0.0
        self.killed = False
        self._job = job

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
        self._job()


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
