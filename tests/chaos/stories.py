"""What befalls each task, drawn from the seed: what is ordered, and what else is sent about it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.chaos.size import SHORT_LIFE_S

SIZE = "96x64"
# Beside EvoLink, with ids that tell no day and callbacks that are signed.
OTHER = "replicate"
# Its links die soon, at the simulator too.
SHORT_LIVED = "bfl"
# What is told of these in the providers' own words alone; others get a callback of ours, in EvoLink's, besides.
_OF_OTHERS = {
    "one image", "some images", "failed", "cancelled", "twice, one after the other", "again later",
    "a link that fails first",
}  # fmt: skip
FORMATS = ("png", "png", "jpeg", "webp")
# How often each kind of task comes, of all.
KINDS: Mapping[str, int] = {
    "one image": 38,
    "some images": 18,
    "ten images": 2,
    "failed": 7,
    "cancelled": 4,
    "twice, one after the other": 5,
    "twice at the same time": 6,
    "again later": 5,
    "failed, then completed": 4,
    "completed, then failed": 3,
    "unfinished after the end": 1,
    "a link that fails first": 3,
    "a link that is gone": 1,
    "an image that is damaged": 1,
    "unreadable": 2,
}
# Of an image of ten kilobytes: no run is long enough for it, and the tries before it is well take longer than a link of
# those that die soon lives.
_SLOW: Mapping[str, Any] = {"link": "slow", "bytes_per_s": 40, "heal_after": 7}
_PASSING: tuple[dict[str, Any], ...] = (
    {"link": "500", "heal_after": 2},
    {"link": "reset", "heal_after": 1},
    {"link": "429", "heal_after": 2},
    {"link": "cut_off", "heal_after": 2},
    {"link": "500", "heal_after": 6},
)


@dataclass(frozen=True)
class Story:
    """One task: its kind, when it is ordered (seconds from the start), and how."""

    kind: str
    at_s: float
    request: Mapping[str, Any]
    provider: str = "evolink"


def stories(seed: int, count: int, seconds: float) -> list[Story]:
    """So many tasks over so many seconds."""
    draw = random.Random(f"stories {seed}")
    kinds = draw.choices(list(KINDS), weights=list(KINDS.values()), k=count)
    # Every kind comes at least once, also in a short run.
    kinds[: len(KINDS)] = list(KINDS)[:count]
    draw.shuffle(kinds)
    moments = sorted(draw.uniform(0, seconds) for _ in kinds)
    providers = [_provider(kind, draw) for kind in kinds]
    return [
        Story(kind, at_s, _request(kind, draw), provider)
        for kind, at_s, provider in zip(kinds, moments, providers, strict=True)
    ]


def single() -> Story:
    """A task of one image on a good day."""
    return Story("one image", 0.0, {"model": "gpt-image-2", "size": SIZE, "n": 1})


def hurried(slow: int, count: int) -> list[Story]:
    """Images that come so slowly that they hold all threads, and among them links that die soon."""
    held = {"model": "gpt-image-2", "size": SIZE, "n": 1, "simulate": dict(_SLOW)}
    short = {"size": SIZE, "n": 1, "output_format": "png", "simulate": {"link_life_s": SHORT_LIFE_S}}
    return [
        *(Story("a slow link", 0.0, held) for _ in range(slow)),
        *(Story("one image", 3.0 + place / 4, short, SHORT_LIVED) for place in range(count)),
    ]


def _provider(kind: str, draw: random.Random) -> str:
    """Whose it is."""
    others = [OTHER, *([] if kind == "some images" else [SHORT_LIVED])]
    return draw.choice(others) if kind in _OF_OTHERS and draw.random() < 0.4 else "evolink"


def _request(kind: str, draw: random.Random) -> dict[str, Any]:
    count = {"some images": draw.randint(2, 4), "ten images": 10}.get(kind, 1)
    return {
        "model": "gpt-image-2",
        "size": SIZE,
        "n": count,
        "output_format": draw.choice(FORMATS),
        "simulate": _switches(kind, draw),
    }


def _switches(kind: str, draw: random.Random) -> dict[str, Any]:
    """The simulator's switches; `late` leaves room for what is sent before the end."""
    switches: Mapping[str, dict[str, Any]] = {
        "failed": {"status": "failed", "error_code": "content_policy_violation"},
        "cancelled": {"status": "cancelled"},
        "twice, one after the other": {"callback": "duplicate"},
        "failed, then completed": {"callback": "late", "late_s": draw.uniform(0.5, 4)},
        "a link that is gone": {"link": "404"},
        "an image that is damaged": {"image": draw.choice(["damaged", "html"])},
        "a link that fails first": draw.choice(_PASSING),
    }
    return dict(switches.get(kind, {}))
