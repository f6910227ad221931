"""One named check of the doctor: it is fine, or what is wrong with its mend."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from archive.errors import FixativeError, TryLater


class Check(NamedTuple):
    """What a check found; without a problem it is fine."""

    name: str
    found: str = ""
    problem: str = ""
    mend: str = ""

    @property
    def ok(self) -> bool:
        """Whether there is no problem."""
        return not self.problem


def checked(name: str, look: Callable[[], Check], mend: str) -> Check:
    """What a check finds; trouble on the way is a problem with this mend."""
    try:
        return look()
    except TryLater as error:
        return Check(name, problem=error.detail or str(error.reason), mend=mend)
    except FixativeError as error:
        return Check(name, problem=str(error) or "something is there that cannot be read", mend=mend)
