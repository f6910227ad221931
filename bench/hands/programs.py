"""The floor and the peers: programs that do a job and end.

What counts is the CPU from the first image that the origin is asked for to the program's end, so importing is
left out. Each is run twice: with the warm-up alone, one small image of the same format, and with the warm-up
and all images. The difference is what the images cost. The first of the two is run once for each format.
Images a second are counted from the first that the origin is asked for to the last that is stored.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from bench.hands import stored
from bench.hands.cases import FLOOR, PEERS, Case
from bench.hands.figures import CannotMeasure, Figures
from bench.hands.ground import AskedAtOnce, Places
from bench.hands.links import Link
from bench.hands.tree import Watch
from infra.local.parts import child
from infra.local.parts.process import PROJECT
from infra.local.parts.s3 import BUCKET

_HERE: Final = Path(__file__).parent / "peers"
_COMMANDS: Final = {
    FLOOR: ("floor.py",),
    "filespipeline": ("scrapy_store.py", "filespipeline"),
    "imagespipeline": ("scrapy_store.py", "imagespipeline"),
    "img2dataset": ("dataset.py",),
}
# As many as the worker has in hand: threads for tasks of one image, and twice as many for tasks of several.
_THREADS: Final = 16
_RUN_S: Final = 60.0
_LOOK_S: Final = 0.02
_TAIL_CHARACTERS: Final = 600
# A library of img2dataset's would ask the package index for a newer version of itself.
_QUIET: Final = {"NO_ALBUMENTATIONS_UPDATE": "1"}


class Run(NamedTuple):
    """One run of a program: its CPU since its first image, when its last was stored, and its memory."""

    cpu_s: float
    ended_s: float
    peak_mb: float
    asked: AskedAtOnce


Starts = dict[tuple[str, str, int], float]


class Programs:
    """Runs them; `python` has the peers' libraries, and without it there is the floor alone, which uses ours."""

    def __init__(self, ground: Places, python: Path | None, starts: Starts) -> None:
        self._ground, self._starts = ground, starts
        # Programs run in folders of their own. Not resolved: the venv's Python is a link, and knows itself by it.
        self._python = python.absolute() if python else None
        self.names = (FLOOR, *(PEERS if python else ()))

    def contestant(self, who: str) -> Callable[[Case], Figures]:
        """The one of this name."""
        return lambda case: self.measure(who, case)

    def measure(self, who: str, case: Case) -> Figures:
        """Do a case. Raises CannotMeasure."""
        threads = _threads(who, case)
        small = replace(case, original=f"{_format(case)}_1024", latency_ms=0, images_a_task=1)
        warm_up_s = self._starts.get((who, _format(case), threads))
        if warm_up_s is None:
            warm_up_s = self._run(
                who, threads, self._ground.links.tasks(small, 1), f"{case.name}-start"
            ).cpu_s
            self._starts[who, _format(case), threads] = warm_up_s
        images = self._ground.links.tasks(case, case.images)
        run = self._run(who, threads, [*self._ground.links.tasks(small, 1), *images], case.name)
        wanted = [link.sha256 for task in images for link in task]
        return Figures(
            cpu_ms=(run.cpu_s - warm_up_s) * 1000 / case.images,
            images_per_s=(case.images + 1) / (run.ended_s - run.asked.first_s),
            peak_mb=run.peak_mb,
            in_flight=run.asked.at_once,
            kept=stored.kept(self._ground.client(), f"{who}/{case.name}/", wanted),
        )

    def _run(self, who: str, threads: int, tasks: Sequence[Sequence[Link]], name: str) -> Run:
        folder = self._ground.folder / f"{who}-{name}"
        folder.mkdir(parents=True, exist_ok=True)
        job = folder / "job.json"
        store = self._ground.s3
        told = {
            "tasks": [[link.url for link in task] for task in tasks],
            "threads": threads,
            "endpoint": store.endpoint,
            "access_key": store.access_key,
            "secret_key": store.secret_key,
            "bucket": BUCKET,
            "prefix": f"{who}/{name}/",
            "folder": str(folder),
        }
        job.write_text(json.dumps(told), encoding="utf-8")
        python = sys.executable if who == FLOOR else str(self._python)
        script, *more = _COMMANDS[who]
        self._ground.asked()
        used_s, watch = _timed([python, str(_HERE / script), str(job), *more], folder)
        asked = self._ground.asked()
        ended_s = float((folder / "ended").read_text(encoding="utf-8"))
        return Run(used_s - watch.cpu_s_at(asked.first_s), ended_s, watch.peak_mb, asked)


def _timed(command: Sequence[str], folder: Path) -> tuple[float, Watch]:
    """Run a program to its end: the CPU of it and its children by the kernel's own account, and what was seen."""
    log, name = folder / "log", Path(command[1]).name
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | _QUIET
    with log.open("wb") as output:
        end_s = time.monotonic() + _RUN_S
        program = subprocess.Popen(
            child.tied(command),
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        with Watch(program.pid) as watch:
            while not (ended := os.wait4(program.pid, os.WNOHANG))[0]:
                if time.monotonic() > end_s:
                    program.kill()
                    program.wait()
                    raise CannotMeasure(f"{name}: no end within {_RUN_S:g} s")
                time.sleep(_LOOK_S)
    program.returncode = os.waitstatus_to_exitcode(ended[1])
    if program.returncode:
        raise CannotMeasure(f"{name} ended with {program.returncode}: {_tail(log)}")
    return ended[2].ru_utime + ended[2].ru_stime, watch


def _tail(log: Path) -> str:
    """The end of what a program said, in one line and without our own paths: it stands in the page."""
    said = log.read_text(encoding="utf-8", errors="replace").replace(f"{PROJECT}/", "")
    return " ".join(said[-_TAIL_CHARACTERS:].split())


def _threads(who: str, case: Case) -> int:
    """How many images a program has in hand; the floor waits for nobody where the origin does not."""
    if who == FLOOR and not case.latency_ms:
        return 1
    return _THREADS * (2 if case.images_a_task > 1 else 1)


def _format(case: Case) -> str:
    return case.original.partition("_")[0]
