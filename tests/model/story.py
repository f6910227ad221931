"""What happens to come: tasks of one to three images, and the deliveries that tell of them, in batches.

one              a single delivery                    fresh         the same images, other queries, some dead
duplicates       the same again, at the same time or later     other         other images: one of the two may be forged
failed_first     failed, then completed               unreadable    and a body that nobody reads, a line of rubbish
failed_last      completed, then failed               processing    and a word that is not terminal
others           three sets of images, told more than once (in hard and narrow weather)
crowd            more sets of images than a task has room for
"""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, NamedTuple

from archive.records.delivery import Delivery
from archive.records.room import SETS_MOST
from tests.fakes.words import CREATED_UNIX_S, NOW
from tests.model import weather
from tests.model.origin import KINDS, Kind, Link, Origin

SHAPES = (
    "one", "one", "duplicates", "duplicates", "failed_first", "failed_last", "failed_only",
    "fresh", "other", "unreadable", "processing",
)  # fmt: skip


@dataclass(frozen=True)
class Saying:
    """What somebody will say of a task. `links` are those of a completed one that can be read, in order."""

    at_s: float
    task_id: str
    provider: str
    status: str
    body: bytes
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Told:
    """A saying delivered: `line` is how it stands in its batch."""

    id: str
    saying: Saying
    line: bytes


@dataclass(frozen=True)
class Batch:
    """Deliveries that one object makes durable. A late one comes from a spool, long after it was gathered."""

    at_s: float
    gathered_s: float
    told: tuple[Told, ...]
    late: bool = False
    tries: int = 0


class Script(NamedTuple):
    """What a story draws from: `images` are how many a task has."""

    shapes: tuple[str, ...]
    kinds: tuple[Kind, ...]
    tasks: tuple[int, ...] = (1, 1, 2, 3)
    images: tuple[int, ...] = (1, 1, 2, 3)


_HARD = Script(
    ("one", "duplicates", "duplicates", "failed_first", "fresh", "fresh", "other", "other", "others", "unreadable"),
    ("ok", "varies", "flaky", "gone", "corrupt", "half_corrupt", "half_corrupt", "half_forbidden", "half_forbidden", "half_forbidden"),
)  # fmt: skip
SCRIPTS: dict[weather.Kind, Script] = {
    "mild": Script(SHAPES, KINDS),
    # Deliveries that contradict one another, and images of which one run gives up what another keeps.
    "hard": _HARD,
    "narrow": _HARD._replace(
        shapes=("one", "duplicates", "other", "other", "others"),
        kinds=("half_corrupt", "half_forbidden", "half_forbidden", "half_forbidden"),
        tasks=(1,),
        images=(1, 1, 2),
    ),
    # Told again long after the first was given up or kept, and worked in place each time.
    "young": Script(
        shapes=("one", "duplicates", "duplicates", "duplicates", "failed_first", "fresh", "other"),
        kinds=("ok", "varies", "half_forbidden", "half_forbidden", "half_corrupt"),
        tasks=(1, 1, 2),
        images=(1, 1, 2, 2),
    ),
    "twins": Script(
        shapes=("one",),
        kinds=("half_forbidden", "half_forbidden", "flaky"),
        tasks=(1,),
        images=(1, 1, 2, 2),
    ),
    "crowded": Script(
        shapes=("crowd",),
        kinds=("forbidden", "ok", "half_forbidden", "half_forbidden", "half_forbidden"),
        tasks=(1,),
        images=(1, 1, 1, 2),
    ),
}


class Story:
    """What comes in one seed, drawn from the script of its weather: batches, and all that was told."""

    def __init__(self, dice: random.Random, origin: Origin, weather: weather.Kind) -> None:
        self._dice, self._origin = dice, origin
        self._script = SCRIPTS[weather]
        self.link_life_h = dice.choice((0.5, 3.0, 24.0))
        self.told: list[Told] = []
        sayings = sorted(
            (saying for number in range(dice.choice(self._script.tasks)) for saying in self._task(number)),
            key=lambda saying: saying.at_s,
        )
        self.batches: list[Batch] = []
        while sayings:
            count = dice.choice((1, 1, 2, 4))
            self._gather(sayings[:count])
            sayings = sayings[count:]

    def again(self, batch: Batch, now_s: float) -> Batch:
        """The provider's next try of what was refused: new requests with the same bodies."""
        at_s = now_s + 2.0**batch.tries
        told = tuple(self._tell(replace(told.saying, at_s=at_s)) for told in batch.told)
        return Batch(at_s, at_s, told, tries=batch.tries + 1)

    def _gather(self, sayings: list[Saying]) -> None:
        dice, gathered_s = self._dice, sayings[-1].at_s + 0.05
        told = tuple(self._tell(saying) for saying in sayings)
        if dice.random() < 0.12:
            at_s = gathered_s + dice.choice((20.0, 200.0, 4000.0))
            self.batches.append(Batch(at_s, gathered_s, told, late=True))
            if dice.random() < 0.3:
                # The relay died between its PUT and the end of its file.
                self.batches.append(Batch(at_s + dice.uniform(1.0, 600.0), gathered_s, told, late=True))
        else:
            self.batches.append(Batch(gathered_s, gathered_s, told))

    def _tell(self, saying: Saying) -> Told:
        if saying.status == "rubbish":
            told = Told(f"line-{hashlib.sha256(saying.body).hexdigest()[:24]}", saying, saying.body)
        else:
            delivery = Delivery(
                id=f"01DELIVERY{len(self.told) + 1:016d}",
                received_at=NOW + timedelta(seconds=saying.at_s),
                provider=saying.provider,
                body=saying.body,
            )
            told = Told(delivery.id, saying, delivery.to_json())
        self.told.append(told)
        return told

    def _task(self, number: int) -> list[Saying]:
        dice = self._dice
        # The ids of one provider tell the day, those of the other do not.
        provider = dice.choice(("evolink", "evolink", "apiinone"))
        dated = f"task-unified-{CREATED_UNIX_S}-{number}"
        task_id = dated if provider == "evolink" else f"n{number}xxxx_flux2"
        links = self._links(task_id, "a", dice.choice(self._script.images))
        completed = _saying(provider, task_id, "completed", links)
        failed = _saying(provider, task_id, "failed")
        at_s = dice.uniform(0.0, 30.0)
        said = self._shaped(dice.choice(self._script.shapes), completed, failed)
        moments = []
        for _ in said:
            moments.append(at_s)
            at_s += dice.choice((0.0, 0.01, 1.0, 15.0, 100.0, 300.0, 2000.0))
        return [replace(saying, at_s=moment) for saying, moment in zip(said, moments, strict=True)]

    def _shaped(self, shape: str, completed: Saying, failed: Saying) -> list[Saying]:
        dice = self._dice
        plain = {
            "one": [completed],
            "duplicates": [completed] * dice.choice((2, 2, 3, 4)),
            "failed_first": [failed, completed],
            "failed_last": [completed, failed, completed][: dice.choice((2, 3))],
            "failed_only": [failed] * dice.choice((1, 2)),
            "processing": [_saying(completed.provider, completed.task_id, "unfinished"), completed],
        }
        others = {
            "fresh": self._fresh,
            "other": self._other,
            "others": self._others,
            "crowd": self._crowd,
            "unreadable": self._unreadable,
        }
        return plain[shape] if shape in plain else others[shape](completed)

    def _fresh(self, completed: Saying) -> list[Saying]:
        """The same images under other queries, of which the older may be dead."""
        query = self._dice.choice(("sig=old", "sig=aged"))
        links = [f"{_plain(link)}?{query}" for link in completed.links]
        older = _saying(completed.provider, completed.task_id, "completed", links)
        return self._dice.choice(([older, completed], [older, completed], [completed, older]))

    def _other(self, completed: Saying, name: str = "b") -> list[Saying]:
        """Other images for the same task."""
        links = self._links(
            completed.task_id, name, self._dice.choice((len(completed.links), *self._script.images[1:3]))
        )
        return [completed, _saying(completed.provider, completed.task_id, "completed", links)]

    def _others(self, completed: Saying) -> list[Saying]:
        """Two more sets of images, and each of the three perhaps told again, in any order."""
        sets = [*self._other(completed), self._other(completed, "c")[1]]
        said = [saying for saying in sets for _ in range(self._dice.choice((1, 1, 2)))]
        self._dice.shuffle(said)
        return said

    def _crowd(self, completed: Saying) -> list[Saying]:
        """One to three sets of images beyond the room, in any order; some are told again."""
        dice = self._dice
        names = "bcdefghijkl"[: SETS_MOST - 1 + dice.choice((1, 1, 2, 3))]
        sets = [completed, *(self._other(completed, name)[1] for name in names)]
        said = [saying for saying in sets for _ in range(dice.choice((1, 1, 1, 1, 2)))]
        dice.shuffle(said)
        return said

    def _unreadable(self, completed: Saying) -> list[Saying]:
        """With a word that no reader knows, and a line that is no delivery at all."""
        dice = self._dice
        body = json.dumps({"id": completed.task_id, "status": f"melted {dice.random()}"}).encode()
        strange = replace(completed, status="unreadable", body=body, links=())
        rubbish = replace(strange, status="rubbish", body=b"{ no line of ours %f" % dice.random())
        said = [completed, strange, rubbish]
        dice.shuffle(said)
        return said

    def _links(self, task_id: str, name: str, count: int) -> list[str]:
        dice, links = self._dice, []
        for index in range(count):
            path = f"files.evolink.ai/{task_id}/{name}{index}.png"
            self._origin.links[path] = Link(
                kind=dice.choice(self._script.kinds),
                dies_s=self.link_life_h * 3600.0 - 20.0,
                good_from_s=dice.choice((60.0, 600.0, 6000.0)),
            )
            links.append(f"https://{path}?sig=new")
        return links


def _plain(link: str) -> str:
    return link.split("?", maxsplit=1)[0]


def _saying(provider: str, task_id: str, status: str, links: list[str] | None = None) -> Saying:
    word = {"unfinished": "processing"}.get(status, status)
    if provider == "evolink":
        told: dict[str, Any] = {
            "id": task_id,
            "status": word,
            "model": "gpt-image-2",
            "created": CREATED_UNIX_S,
        }
        told |= {"results": links} if links else {}
        told |= {"error": {"code": "content_policy_violation", "message": "no"}} if status == "failed" else {}
    else:
        data: dict[str, Any] = {"task_id": task_id, "status": word, "created": CREATED_UNIX_S}
        data |= {"response": links} if links else {}
        data |= {"error": {"code": "nsfw", "message": "no"}} if status == "failed" else {}
        told = {"code": 200, "message": "success", "data": data}
    return Saying(0.0, task_id, provider, status, json.dumps(told).encode(), tuple(links or ()))
