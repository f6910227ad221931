"""Who steps next, who is killed, when time passes: drawn from the seed's dice until everything is at rest."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from archive import layout
from tests.fakes.words import NOW
from tests.model.actor import Actor
from tests.model.ledger import due_s
from tests.model.worker import THREADS

if TYPE_CHECKING:
    from tests.model.world import World

# The median seed takes 200 turns, the longest of 10,000 seeds took 14,000; as many as this never end.
MOST_TURNS = 30_000
GRACE_S, IDLE_S, BUSY_S = 60.0, 15.0, 2.0
_WORK = (layout.DUE, layout.INBOX)
# A key is asked for its time in each of many turns.
_due_s = lru_cache(4096)(due_s)


class Schedule:
    """The director. `calm_s` is when the last fault was over."""

    def __init__(self, world: World) -> None:
        self._world, self._dice = world, world.dice
        self._trace, self._weather, self._bells = world.trace, world.weather, world.bells
        self._last: Actor | None = None
        self._turns, self.calm_s = 0, 0.0
        self._calm_at_turn = world.weather.faulty_turns

    def play_until_rest(self) -> bool:
        """Give turns until faults are over and nothing is left to do; False if that never comes."""
        while self._turns < MOST_TURNS:
            self._turns += 1
            at_rest = not self._world.coming and self._nothing_left()
            if not self._weather.calm and (at_rest or self._may_calm()):
                self._weather.calm, self.calm_s = True, self._trace.now_s
                self._trace.note("CALM")
            if at_rest:
                return True
            if self._trace.violations:
                return False
            self._turn()
        self._trace.violated("no_rest", f"after {MOST_TURNS} turns")
        return False

    def begin_faults(self) -> None:
        """Another time of faults."""
        self._weather.calm = False
        self._calm_at_turn = self._turns + self._dice.randrange(20, 200)

    def end(self) -> None:
        """Let go of everybody."""
        for actor in self._actors():
            actor.kill()

    def _may_calm(self) -> bool:
        return self._turns > self._calm_at_turn and not self._world.coming

    def _turn(self) -> None:
        if not self._weather.calm and self._disturb():
            return
        world, draw, now_s = self._world, self._dice.random(), self._trace.now_s
        awake = [actor for actor in self._actors() if actor.asleep_until <= now_s]
        heard = draw < 0.3 if awake else not self._weather.happens(self._weather.bell_late)
        if heard and self._bells.waiting_bells and self._answer():
            return
        if (draw < 0.5 or not awake) and world.coming and world.coming[0].at_s <= now_s:
            world.open_door()
        elif draw > 0.97 and self._sweep(BUSY_S):
            return
        elif awake:
            self._step(awake)
        elif self._something_is_due():
            # Nobody is at it: the next sweep finds it.
            self._trace.now_s = max(now_s, min(worker.swept_s for worker in world.workers) + IDLE_S)
            if not self._sweep(IDLE_S):
                self._let_time_pass()
        else:
            self._let_time_pass()

    def _step(self, awake: list[Actor]) -> None:
        actor = self._last
        if actor not in awake or self._dice.random() >= self._weather.sticky:
            actor = self._dice.choice(awake)
        assert actor is not None
        self._last = actor
        actor.wrote = ""
        actor.switch()
        if actor.wrote and not actor.dead:
            self._strike(actor)
        if actor.dead:
            self._last = None
            if actor in self._world.outside:
                self._world.outside.remove(actor)
            for worker in self._world.workers:
                if actor in worker.actors:
                    worker.bury(actor)

    def _answer(self) -> bool:
        """A worker with a free thread takes a bell."""
        free = [worker for worker in self._world.workers if len(worker.jobs) < THREADS]
        if not free:
            return False
        bell = self._bells.take(self._dice)
        if bell is not None:
            self._dice.choice(free).answer(bell)
        return True

    def _sweep(self, distance_s: float) -> bool:
        for worker in sorted(self._world.workers, key=lambda worker: worker.swept_s):
            if worker.sweeping is None and self._trace.now_s - worker.swept_s >= distance_s:
                worker.sweep()
                return True
        return False

    def _disturb(self) -> bool:
        weather, dice, world = self._weather, self._dice, self._world
        if weather.happens(weather.kill):
            world.restart(dice.choice(world.workers))
        elif weather.happens(weather.kill / 4) and world.outside:
            world.outside.pop(dice.randrange(len(world.outside))).kill()
        elif weather.happens(weather.flush) and self._bells.waiting_bells:
            self._trace.note("FLUSHALL")
            self._bells.waiting_bells.clear()
        elif weather.happens(weather.stall):
            self._trace.note("STALL")
            self._overtaken(self._actors())
            self._trace.now_s += dice.choice(weather.stalls_s)
        elif weather.happens(weather.freeze) and (actors := self._actors()):
            self._freeze(dice.choice(actors))
        elif world.may_replay and weather.happens(weather.replay):
            world.replay(mend=False)
        else:
            return False
        return True

    def _strike(self, actor: Actor) -> None:
        """What may happen to somebody right after a write, before the next step."""
        weather = self._weather
        if weather.happens(weather.kill_after_word if actor.wrote_word else weather.kill_after_write):
            owner = next((each for each in self._world.workers if actor in each.actors), None)
            if owner is not None:
                self._world.restart(owner)
            else:
                self._trace.note("KILL -9", actor.name)
                actor.kill()
        elif weather.happens(weather.freeze_after_write):
            self._freeze(actor)

    def _freeze(self, actor: Actor) -> None:
        self._overtaken([actor])
        actor.asleep_until = self._trace.now_s + self._dice.choice(self._weather.sleeps_s)
        self._trace.note("FREEZE", actor.name, f"until {actor.asleep_until:.0f}s")

    def _overtaken(self, actors: list[Actor]) -> None:
        """Who sleeps past its lease is taken for dead, and leaves a successor beside the other's."""
        for actor in actors:
            for about in actor.abouts:
                self._world.s3.ledger.interrupted(about)

    def _actors(self) -> list[Actor]:
        actors = [*self._world.outside]
        for worker in self._world.workers:
            actors += worker.actors
        return actors

    def _nothing_left(self) -> bool:
        return not (
            self._bells.waiting_bells
            or self._actors()
            or any(key.startswith(_WORK) for key in self._world.s3.objects)
        )

    def _moments(self) -> list[float]:
        """When what lies in due/ and inbox/ becomes ready, in seconds of the model."""
        moments = []
        for key, modified in self._world.s3.modified.items():
            if key.startswith(layout.INBOX):
                moments.append((modified - NOW).total_seconds() + GRACE_S)
            elif key.startswith(layout.DUE):
                moments.append(_due_s(key))
        return moments

    def _something_is_due(self) -> bool:
        return any(moment <= self._trace.now_s for moment in self._moments())

    def _let_time_pass(self) -> None:
        now_s = self._trace.now_s
        moments = [
            *self._moments(),
            *(actor.asleep_until for actor in self._actors()),
            *(batch.at_s for batch in self._world.coming),
        ]
        later = [moment for moment in moments if moment > now_s]
        self._trace.now_s = min(later) if later else now_s + IDLE_S
