"""What stands for the way: receiver, worker, origin, and the witness between the worker and S3."""

from __future__ import annotations

import contextlib
import itertools
import ssl
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TextIO

from archive.store.bucket import Bucket
from bench import post, service
from bench.errors import BenchError
from bench.ground import PROVIDER, Ground
from bench.hands.originals import original
from bench.hands.tree import cpu_s
from bench.way import stages
from bench.way.sender import Callback, Sender
from bench.way.stages import Asked
from infra.local.parts.bucket import client
from infra.local.parts.process import Process
from infra.local.ports import LOOPBACK, free_block
from infra.local.wait import until

# Far longer than any task takes; who is not there by then is lost, and that is told.
_ALL_S = 60.0
# The witness's file is read so often while one task is waited for.
_LOOK_S = 0.01


class SeenManifest(NamedTuple):
    """A manifest: when it was answered for, and how many requests the workers had sent to S3 by then."""

    moment_s: float
    requests: int


class House:
    """A running house: callbacks in, and what is seen of their manifests. `processes`: the receiver, and each worker."""

    def __init__(
        self,
        sender_for: Callable[[str], Sender],
        origin: str,
        bucket: Bucket,
        processes: Mapping[str, Process],
        seen: TextIO,
        witness_port: int,
    ) -> None:
        self.sender_for = sender_for  # by the name of a provider
        self.sender = sender_for(PROVIDER)
        self.processes = processes
        self.origin = origin
        self.bucket = bucket
        self.witness_port = witness_port
        self._file = seen
        self._numbers = itertools.count()
        self._seen: dict[str, SeenManifest] = {}
        self._half = ""

    def callbacks(self, count: int, *, apart_s: float = 0.0) -> list[Callback]:
        """Callbacks of new tasks, with an image each."""
        return [self._callback(place * apart_s) for place in range(count)]

    def manifests(self, tasks: Sequence[str]) -> dict[str, SeenManifest]:
        """The manifests of these tasks. Raises BenchError if one has none in time."""
        wanted = set(tasks)
        if not until(lambda: wanted <= self.seen().keys(), _ALL_S, _LOOK_S):
            missing = len(wanted - self.seen().keys())
            raise BenchError(f"{missing} of {len(wanted)} tasks have no manifest after {_ALL_S:g} s.")
        return {task: self._seen[task] for task in tasks}

    def seen(self) -> dict[str, SeenManifest]:
        """All manifests so far, by task, in their order."""
        *lines, self._half = (self._half + self._file.read()).split("\n")
        for moment_s, task, requests in (line.split(" ") for line in lines):
            # The first write is the commit; a later one only tells more.
            self._seen.setdefault(task, SeenManifest(float(moment_s), int(requests)))
        return self._seen

    def asked(self) -> list[Asked]:
        """All requests of the workers to S3 so far."""
        return stages.read(stages.asked_beside(Path(self._file.name)))

    def downloads_s(self) -> dict[str, float]:
        """When the origin was first asked for each task's image, on the monotonic clock."""
        return stages.first_asked_s(_downloads(Path(self._file.name)))

    def cpu_s(self) -> float:
        """The CPU seconds that the workers have used, with their decoders."""
        return sum(cpu_s(process.pid) for name, process in self.processes.items() if name != "receiver")

    def _callback(self, after_s: float) -> Callback:
        task = f"task-unified-{int(time.time())}-bench{next(self._numbers):06d}"
        return Callback(task, post.body(task, f"http://{self.origin}/{task}.png"), after_s)


def _downloads(manifests: Path) -> Path:
    """Where the origin writes down what it is asked for, beside the file of the manifests."""
    return manifests.with_suffix(".downloads")


def draw_image(ground: Ground) -> Path:
    """The image that the hands are measured with, as a file."""
    file = ground.folder / "image.png"
    if not file.exists():
        drawn = original("png_1024", ground.folder / "originals")
        file.write_bytes(drawn.before + drawn.mark(0) + drawn.after)
    return file


@contextlib.contextmanager
def house(
    ground: Ground,
    workers: int = 1,
    *,
    inside: Mapping[str, str] | None = None,
    more_sources: Sequence[str] = (),
) -> Iterator[House]:
    """A house that is ready, over TLS, with all settings at their defaults and so many worker processes.

    `inside`: variables of the workers alone, which set clocks within. Images may come from its own origin, and from
    `more_sources`, each a host and a port.
    """
    origin_port, witness_port, door_port = (free_block(1) for _ in range(3))
    origin, seen = f"{LOOPBACK}:{origin_port}", ground.folder / "manifests.txt"
    seen.touch()
    ours = ground.environment(
        SPOOL_DIR=str(ground.folder / "spool"), ALLOW_SOURCES=",".join([origin, *more_sources])
    )
    witnessed = {**ours, "S3_ENDPOINT": f"http://{LOOPBACK}:{witness_port}", **(inside or {})}
    program = [sys.executable, "-m"]
    origin_command = [
        *program,
        "bench.way.origin",
        str(origin_port),
        str(draw_image(ground)),
        str(_downloads(seen)),
    ]
    s3_port = ground.s3.endpoint.rpartition(":")[2]
    witness_command = [*program, "bench.way.witness", str(witness_port), s3_port, str(seen)]
    with contextlib.ExitStack() as stack:
        enter = stack.enter_context
        plain = ground.environment()
        enter(service.program("origin", origin_command, origin_port, ground=ground, environment=plain))
        enter(service.program("witness", witness_command, witness_port, ground=ground, environment=plain))
        hands = [enter(service.worker(ground, witnessed, place=place + 1)) for place in range(workers)]
        door = enter(service.receiver(ground, door_port, ours, tls=True))
        processes = {
            "receiver": door,
            **{f"worker {place}": hand for place, hand in enumerate(hands, start=1)},
        }
        tls = ssl.create_default_context(cafile=ground.tls.authority)

        def sender_for(provider: str) -> Sender:
            return Sender(door_port, ground.callback_path(provider), tls)

        s3 = enter(contextlib.closing(client(ground.s3.address)))
        bucket = Bucket(s3, ground.s3.bucket, "")
        yield House(sender_for, origin, bucket, processes, enter(seen.open(encoding="utf-8")), witness_port)
