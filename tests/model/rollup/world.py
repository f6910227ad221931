"""The roll-up step by step: the real roller and reader over S3 in memory, whose every request may be the last one.

writers    commit batches, some of which freeze and land hours later, some a second time after they were removed
rollers    look at all days, over and over; killed and frozen anywhere
readers    read all days; what was committed before they began must be in what they read

laws: `lost` a removal takes away a line that stands nowhere else; `unseen` a reader misses a line; `unrolled` at rest
something stands beside the days' files.
"""

from __future__ import annotations

import random
import tempfile
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from archive import catalog_keys, layout
from archive.errors import BucketUnavailable
from archive.library.catalogue_files import CatalogueFiles
from archive.records.catalogue import line_of
from archive.records.rolled import RolledHead
from archive.rolled.day import CatalogueDay
from archive.rolled.days import days_in
from tests.fakes.words import manifest
from tests.model.actor import Actor
from tests.model.bells import ModelBucket
from tests.model.s3 import SteppedS3
from tests.model.trace import Trace
from tests.model.weather import Weather
from workers.rolling.roller import Roller

# How far time goes between two turns, in seconds: all within an hour or two, or now and then an hour or a day ends.
NEAR_S = (0.1, 1.0, 20.0, 130.0)
FAR_S = (0.1, 1.0, 20.0, 130.0, 1_000.0, 4_000.0)
NAPS_S = (100.0, 130.0, 200.0, 500.0)
SLEEPS_S = (100.0, 130.0, 200.0, 1_000.0, 5_000.0, 50_000.0, 100_000.0)


class PlainTables:
    """Days' files without DuckDB: a head, and the lines."""

    def write(self, target: Path, replaces: tuple[str, ...], pieces: Iterable[bytes]) -> None:
        target.write_bytes(RolledHead(replaces=replaces).to_json() + b"\n" + b"".join(pieces))

    def head(self, key: str, body: bytes) -> RolledHead:
        del key
        return RolledHead.from_json(body.split(b"\n", 1)[0])

    @contextmanager
    def lines(
        self,
        key: str,
        body: bytes,
        columns: Collection[str],
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[tuple[RolledHead, Iterator[bytes]]]:
        del columns, since, until
        yield self.head(key, body), iter(body.split(b"\n")[1:])


def one_by_one(do: Callable[[Any], Any], given: Iterable[Any], *_: object) -> Iterator[Any]:
    """In place of threads, which take no turns."""
    return map(do, given)


class SmallDay(CatalogueDay):
    """A day that is rolled up from a few objects on."""

    tail_most, pieces_most = 2, 2


class ModelRoller(Roller):
    """The real roller, one request after the other."""

    several = staticmethod(one_by_one)
    day_kind: type[CatalogueDay] = SmallDay


class ModelFiles(CatalogueFiles):
    """The real reader, the same."""

    several = staticmethod(one_by_one)


class RollParts(NamedTuple):
    """What a flaw may replace."""

    roller: type[Roller] = ModelRoller
    files: type[CatalogueFiles] = ModelFiles
    s3: type[SteppedS3] = SteppedS3


class RollWorld:
    """One seed: a day and a half of commits, with troubles; then a week without."""

    def __init__(self, seed: int, parts: RollParts) -> None:
        self.dice = dice = random.Random(seed)
        self.trace = Trace()
        self.weather = Weather(dice, fail=dice.choice((0.0, 0.0, 0.02, 0.1)))
        self.parts = parts
        self.s3 = parts.s3(self.trace, self.weather)
        self.bucket = ModelBucket(self.s3, self.trace)
        self.s3.delete_object = self._deleting(self.s3.delete_object)  # type: ignore[method-assign] # a law looks on
        self.committed: dict[str, bytes] = {}
        self.lines_of: defaultdict[str, set[bytes]] = defaultdict(set)
        self.kill = dice.choice((0.0, 0.01, 0.05))
        self.freeze = dice.choice((0.0, 0.02, 0.1, 0.3))
        near = dice.random() < 0.5
        self.jumps_s: tuple[float, ...] = NEAR_S if near else FAR_S
        self.sleeps_s: tuple[float, ...] = NAPS_S if near else SLEEPS_S
        self.frozen = dice.choice((0.0, 0.1, 0.4))
        self.again = dice.choice((0.0, 0.1, 0.4))
        self.jump = dice.choice((0.02, 0.1, 0.4))
        self.number = 0

    def run(self) -> list[str]:
        """Play it; the laws that did not hold."""
        with tempfile.TemporaryDirectory() as folder:
            self.folder = Path(folder)
            try:
                self._disturbed()
                self.weather.calm = True
                self._to_rest()
            except AssertionError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it raises, a seed tells it
                self.trace.violated("raised", f"{type(error).__name__}: {error}")
        return self.trace.violations

    def _disturbed(self) -> None:
        dice = self.dice
        actors: list[Actor] = []
        for _ in range(dice.randrange(150, 900)):
            self.trace.now_s += dice.choice(self.jumps_s) if dice.random() < self.jump else 0.0
            kinds = [self._writer, self._writer, self._writer, self._roller, self._roller, self._reader]
            if len(actors) < 8:
                make = dice.choice(kinds)
                actors.append(make())
            awake = [actor for actor in actors if actor.asleep_until <= self.trace.now_s]
            if not awake:
                continue
            actor = dice.choice(awake)
            self._turn(actor)
            if actor.dead:
                actors.remove(actor)
            elif dice.random() < self.kill and not actor.name.startswith("reader"):
                actor.kill()
                actors.remove(actor)
            elif dice.random() < self.freeze:
                actor.asleep_until = self.trace.now_s + dice.choice(self.sleeps_s)
        for actor in actors:
            actor.asleep_until = 0.0
        self.trace.now_s += dice.choice((0.0, 90_000.0))
        while actors:
            actor = dice.choice(actors)
            self._turn(actor)
            if actor.dead:
                actors.remove(actor)

    def _turn(self, actor: Actor) -> None:
        # An hour's pieces and closed days are made of what a turn or two do without others.
        for _ in range(self.dice.choice((1, 1, 3, 10))):
            if not actor.dead:
                actor.switch()

    def _writer(self) -> Actor:
        self.number += 1
        number = self.number
        key = catalog_keys.catalog_key(layout.batch_id(self.bucket.now()))
        line = _line(number, self.bucket.now())
        times = 2 if self.dice.random() < self.again else 1
        slow = self.dice.random() < self.frozen

        def write() -> None:
            actor.asleep_until = self.trace.now_s + self.dice.choice(self.sleeps_s) * slow
            for _ in range(times):
                self._commit(key, line)
                # The first of two tries, frozen on its way, lands when the second one's object is gone again.
                actor.asleep_until = self.trace.now_s + self.dice.choice(self.sleeps_s)

        actor = Actor(write, name=f"writer {number}")
        return actor

    def _commit(self, key: str, line: bytes) -> None:
        try:
            self.bucket.put_new(key, line + b"\n")
        except BucketUnavailable:
            return
        self.committed[key] = line

    def _roller(self) -> Actor:
        def roll() -> None:
            roller = self.parts.roller(self.bucket, PlainTables(), self.folder)
            for _ in range(self.dice.choice((1, 1, 2))):
                try:
                    for day in list(days_in(self.bucket)):
                        roller.look(day)
                except BucketUnavailable:
                    return

        return Actor(roll, name=f"roller {self.dice.randrange(1000)}")

    def _reader(self) -> Actor:
        def read() -> None:
            due = set(self.committed.values())
            try:
                found = self._read()
            except BucketUnavailable:
                return
            if missed := due - found:
                self.trace.violated("unseen", f"a reader missed {sorted(missed)[:2]}")

        return Actor(read, name=f"reader {self.dice.randrange(1000)}")

    def _read(self) -> set[bytes]:
        files = self.parts.files(self.bucket, tables=PlainTables())
        found: set[bytes] = set()
        for day in list(days_in(self.bucket)):
            for piece in files.day(day):
                found |= {line.to_json() for line in piece.lines}
        if files.passed.malformed:
            self.trace.violated("malformed", f"{files.passed.malformed} lines or files")
        return found

    def _to_rest(self) -> None:
        roller = self.parts.roller(self.bucket, PlainTables(), self.folder)
        for _ in range(40):
            self.trace.now_s += 20_000
            for day in list(days_in(self.bucket)):
                roller.look(day)
        if missed := set(self.committed.values()) - self._read():
            self.trace.violated("lost", f"at rest {sorted(missed)[:2]} is read no more")
        left = [key for key in self.s3.objects if not key.endswith(".parquet")]
        if left:
            self.trace.violated("unrolled", f"{left[:3]}")

    def _deleting(self, delete: Callable[..., Any]) -> Callable[..., Any]:
        """Each removal is looked at: what goes must stand elsewhere."""
        objects = self.s3.objects

        def deleting(**asked: Any) -> Any:
            before = dict(objects)
            answer = delete(**asked)
            for key in before.keys() - objects.keys():
                for line in _lines(before[key]):
                    if not any(line in body for body in objects.values()):
                        self.trace.violated("lost", f"{key} is removed, and {line!r} stands nowhere else")
            return answer

        return deleting


def _lines(body: bytes) -> list[bytes]:
    return [line for line in body.split(b"\n") if line and b'"of":"rolled"' not in line]


def _line(number: int, now: datetime) -> bytes:
    task = f"task-unified-{int(now.timestamp())}-{number:04d}"
    day: date = layout.day_in(task) or now.date()
    told = manifest(task_id=task, changed_at=now)
    return line_of(told, layout.manifest_key(day, "evolink", task)).to_json()
