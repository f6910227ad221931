"""The switches for what goes wrong, for one task or for all that are ordered from now on.

    {"status": "failed" | "cancelled", "error_code": "<code>",
     "callback": "lost" | "duplicate" | "late", "late_s": 5,
     "link": 403 | 404 | 410 | 429 | 500 | "slow" | "cut_off" | "reset" | "stall",
     "retry_after_s": 1, "bytes_per_s": 65536, "fresh": true, "link_life_s": 600,
     "image": "wrong_size" | "wrong_format" | "html" | "damaged" | "huge" | "redirect",
     "heal_after": <requests to one link>, "index": <image>,
     "signature": "forged" | "missing" | "old"}

All are optional; `null` takes a default back. `error_code` needs `status` failed, `late_s` needs
`callback` late, `fresh` (the task, asked for, names links that work) needs `link`, `retry_after_s` needs `link` 429 and `bytes_per_s` needs `link` slow.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

STATUSES = ("failed", "cancelled")
CALLBACKS = ("lost", "duplicate", "late")
LINKS = ("403", "404", "410", "429", "500", "slow", "cut_off", "reset", "stall")
IMAGES = ("wrong_size", "wrong_format", "html", "damaged", "huge", "redirect")

SIGNATURES = ("forged", "missing", "old")

ANY = "any fault of it"
DAY_S = 86_400  # longer than a link lives, a lateness shows nothing
MOST_BYTES_PER_S = 1_000_000_000  # faster than loopback: no longer slow
MOST_REQUESTS = 1_000_000  # nobody asks one link more often
LAST_INDEX = 9  # a task has at most ten images


class SwitchError(ValueError):
    """A switch is unknown or has a value that it cannot have; the text says which and what it may be."""


@dataclass(frozen=True, slots=True)
class Switches:
    """What goes wrong with a task; the defaults are a provider on a good day."""

    status: str | None = None
    error_code: str = "content_policy_violation"
    callback: str | None = None
    late_s: float = 5.0
    link: str | None = None
    retry_after_s: int = 1
    bytes_per_s: int = 65_536
    fresh: bool = False
    link_life_s: float | None = None
    image: str | None = None
    heal_after: int | None = None
    index: int | None = None
    signature: str | None = None

    def spoil(self, index: int, requests: int) -> bool:
        """Tell whether the link of image `index` misbehaves at its `requests`-th request (from 1)."""
        if self.link is None and self.image is None:
            return False
        if self.index is not None and index != self.index:
            return False
        return self.heal_after is None or requests <= self.heal_after

    def as_json(self) -> dict[str, object]:
        """Return the switches that are on, by name, as `parse` reads them."""
        good_day = asdict(Switches())
        return {name: value for name, value in asdict(self).items() if value != good_day[name]}


def parse(raw: object, defaults: Switches | None = None) -> Switches:
    """Read the switches of a JSON object over `defaults`; raises `SwitchError`."""
    base = defaults or Switches()
    if raw is None:
        return base
    if not isinstance(raw, dict):
        raise SwitchError(f"the switches are a JSON object, not {raw!r:.80}")
    unknown = sorted(str(name) for name in raw if name not in _READERS)
    if unknown:
        raise SwitchError(f"unknown switch {', '.join(unknown)}; there are: {', '.join(_READERS)}")
    switches = replace(base, **{name: _read(name, value) for name, value in raw.items()})
    _demand_company(raw, switches)
    return switches


def _read(name: str, value: object) -> Any:
    """Read one switch; `None` is what it is on a good day."""
    if value is None:
        return next(field.default for field in fields(Switches) if field.name == name)
    return _READERS[name](name, value)


def _demand_company(raw: Mapping[str, object], switches: Switches) -> None:
    """Refuse a detail of a fault that is not switched on, for it would be ignored silently."""
    for detail, (name, word) in _COMPANY.items():
        if raw.get(detail) is not None and not _goes_with(getattr(switches, name), word):
            raise SwitchError(f"{detail} does nothing without {name}: {word}")


def _goes_with(on: str | None, word: str) -> bool:
    """Tell whether a fault is the one that a detail needs; `ANY` needs whichever."""
    return on is not None if word == ANY else on == word


def _one_of(words: tuple[str, ...]) -> Callable[[str, object], str]:
    """Make the reader of a switch that has one of `words`; a status may be a number or a string."""

    def read(name: str, value: object) -> str:
        word = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(word, str) or word not in words:
            raise SwitchError(f"{name} is one of {', '.join(words)}, not {value!r:.80}")
        return word

    return read


def _whole(least: int, most: int) -> Callable[[str, object], int]:
    """Make the reader of a whole number."""

    def read(name: str, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise SwitchError(f"{name} is a whole number from {least} to {most}, not {value!r:.80}")
        return value

    return read


def _seconds(name: str, value: object) -> float:
    """Read a number of seconds, up to a day."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= DAY_S:
        raise SwitchError(f"{name} is a number of seconds from 0 to {DAY_S}, not {value!r:.80}")
    return float(value)


def _code(name: str, value: object) -> str:
    """Read an error code: an open set, so any short text."""
    if not isinstance(value, str) or not 1 <= len(value) <= 64:  # noqa: PLR2004 - said in the text
        raise SwitchError(f"{name} is a text of 1 to 64 characters, not {value!r:.80}")
    return value


def _truth(name: str, value: object) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise SwitchError(f"{name} is true or false, not {value!r:.80}")
    return value


_READERS: Mapping[str, Callable[[str, object], object]] = {
    "status": _one_of(STATUSES),
    "error_code": _code,
    "callback": _one_of(CALLBACKS),
    "late_s": _seconds,
    "link": _one_of(LINKS),
    "retry_after_s": _whole(0, DAY_S),
    "bytes_per_s": _whole(1, MOST_BYTES_PER_S),
    "fresh": _truth,
    "link_life_s": _seconds,
    "image": _one_of(IMAGES),
    "heal_after": _whole(0, MOST_REQUESTS),
    "index": _whole(0, LAST_INDEX),
    "signature": _one_of(SIGNATURES),
}

_COMPANY: Mapping[str, tuple[str, str]] = {
    "error_code": ("status", "failed"),
    "late_s": ("callback", "late"),
    "retry_after_s": ("link", "429"),
    "bytes_per_s": ("link", "slow"),
    "fresh": ("link", ANY),
}
