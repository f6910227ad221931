"""One seed: a story, its weather, and everybody who acts in it."""

from __future__ import annotations

import logging
import random
from dataclasses import replace
from functools import partial

from archive import layout
from tests.model.actor import Actor
from tests.model.bells import Bells
from tests.model.books import Books
from tests.model.door import Door
from tests.model.origin import Origin
from tests.model.parts import Parts
from tests.model.s3 import SteppedS3
from tests.model.schedule import Schedule
from tests.model.story import Batch, Story
from tests.model.trace import Trace
from tests.model.weather import Kind, weather_of
from tests.model.worker import Ground, Worker

# After as many the provider gives up: the callback was never accepted.
TRIES_OF_A_PROVIDER = 3


class World:
    """Everything of one seed. `run` says what did not hold; `trace` tells the story."""

    def __init__(self, seed: int, parts: Parts, weather: Kind = "mild") -> None:
        self.seed, self.parts, self.dice = seed, parts, random.Random(seed)
        self.trace, self.weather = Trace(), weather_of(self.dice, weather)
        self.origin = Origin(self.dice)
        self.story = Story(self.dice, self.origin, weather)
        self.s3 = SteppedS3(self.trace, self.weather)
        self.bells = Bells(self.trace, self.weather)
        self.ground = Ground(
            self.trace, self.weather, self.s3, self.bells, self.origin, parts, self.story.link_life_h
        )
        self.workers = [Worker(self.ground, name) for name in ("w0", "w1")]
        self.outside: list[Actor] = []  # the receiver's and the console's
        self.coming = sorted(self.story.batches, key=lambda batch: batch.at_s)
        self.broken_off: set[str] = set()  # replays that have not come to their end
        self._replayed, self._named, self._patient = 0, weather != "mild", weather == "narrow"
        self.replays_left = self.dice.choice((0, 0, 1, 2) if weather == "mild" else (0, 1, 2, 3))
        self._bucket = parts.bucket(self.s3, self.trace)
        self._door: Door = parts.door(self._bucket, self.bells, self.s3.ledger, self._refused)
        if self.dice.random() < 0.05:
            # What nobody of ours wrote.
            self.s3.put_by_others("due/20261121T000000.000Z~rubbish.json", b"rubbish")

    def run(self) -> list[str]:
        """Play until everything is at rest and balance the books; replay what is dead, and again."""
        quiet = logging.root.manager.disable
        logging.disable(logging.CRITICAL)
        schedule = Schedule(self)
        # The product's own jitter draws from the module's dice.
        state = random.getstate()
        random.seed(self.seed)
        try:
            while schedule.play_until_rest():
                Books(self, schedule.calm_s).balance()
                if not self.replays_left or self.trace.violations:
                    break
                self.replay(mend=True)
                schedule.begin_faults()
        finally:
            schedule.end()
            random.setstate(state)
            logging.disable(quiet)
        return self.trace.violations

    def open_door(self) -> None:
        """The next batch is delivered."""
        batch = self.coming.pop(0)
        self.outside.append(Actor(partial(self._door.accept, batch), name="door"))

    @property
    def may_replay(self) -> bool:
        """Whether somebody may replay now; in narrow weather only where something is dead."""
        dead = not self._patient or any(key.startswith(layout.DEAD) for key in self.s3.objects)
        return self.replays_left > 0 and dead

    def replay(self, *, mend: bool) -> None:
        """Somebody replays what is dead, perhaps after the images have come back."""
        self.replays_left -= 1
        if mend:
            for link in self.origin.links.values():
                link.mended = True
                if link.kind in {"gone", "forbidden", "never", "corrupt"} and self.dice.random() < 0.7:
                    link.kind = "ok"
                link.dies_s += self.dice.choice((0.0, 90_000.0))
        console = self.parts.console(self._bucket, self.broken_off, named=self._named)
        if self.broken_off and self.dice.random() < 0.5:
            job = partial(console.resume, min(self.broken_off))
        else:
            self._replayed += 1
            job = partial(console.replay, f"{layout.REPLAY}{self._replayed:026d}")
        self.outside.append(Actor(job, name="console"))

    def restart(self, worker: Worker) -> None:
        """Kill a worker; its supervisor starts it again."""
        worker.kill()
        self.workers[self.workers.index(worker)] = Worker(self.ground, worker.name)

    def _refused(self, batch: Batch) -> None:
        """The relay tries the same batch again, a provider sends its callbacks anew."""
        if batch.late:
            self.coming.append(replace(batch, at_s=self.trace.now_s + 1.0))
        elif batch.tries < TRIES_OF_A_PROVIDER:
            self.coming.append(self.story.again(batch, self.trace.now_s))
        self.coming.sort(key=lambda each: each.at_s)
