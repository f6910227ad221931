"""The real command in a process of its own, forked from one that has its modules: loading them takes longer than most verbs.

A line of JSON asks for a run, a line answers with its exit code; what the run says goes to two files.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from pkgutil import iter_modules
from typing import Self

from archive import library, queue
from archive.errors import SettingsRefused
from archive.library import index
from archive.store.bucket import open_bucket
from console import checks, replays, submitting
from console.cli.verbs import VERBS, main
from tests.botocore_files import read_once

_SERVE = [sys.executable, "-c", "from tests.integration.console.harness.forked import serve; serve()"]
# What verbs import when they need it; these of ours whole.
_ROOMS = (library, index, queue, checks, replays, submitting)
_OF_LIBRARIES = ("celery.app.amqp", "celery.worker", "kombu.transport.redis")
# What a process reads when it begins, and a forked one has read already.
_AT_THE_START = ("PYTHON", "LC_", "LANG", "OPENSSL_", "MALLOC_")


class Forker:
    """Runs the command, one run after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(_SERVE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._guard = threading.Lock()
        self._said = tempfile.TemporaryDirectory(prefix="forked-")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        self._said.cleanup()

    def run(
        self, words: tuple[str, ...], folder: Path, environment: Mapping[str, str], within_s: float
    ) -> tuple[int, str, str]:
        """Run it to its end; its exit code, and what it says on its two streams."""
        said = [str(Path(self._said.name) / stream) for stream in ("out", "err")]
        for path in said:
            Path(path).write_bytes(b"")
        code = self.run_onto(said, words, folder, environment, within_s)
        out, err = (Path(path).read_text(encoding="utf-8") for path in said)
        return code, out, err

    def run_onto(
        self,
        said: list[str],
        words: tuple[str, ...],
        folder: Path,
        environment: Mapping[str, str],
        within_s: float,
    ) -> int:
        """Run it to its end with its two streams in these files, which may be terminals; its exit code."""
        asked = {"words": words, "folder": str(folder), "environment": dict(environment), "said": said}
        typed, told = self._process.stdin, self._process.stdout
        assert typed
        assert told
        with self._guard:
            typed.write(json.dumps(asked) + "\n")
            typed.flush()
            if not select.select([told], [], [], within_s)[0]:
                self._process.kill()
                raise subprocess.TimeoutExpired(["fixative", *words], within_s)
            return int(told.readline())


@functools.cache
def of_this_process() -> Forker:
    """One for all tests of this process, until its end: to load what it has takes a second."""
    forker = Forker()
    atexit.register(forker.__exit__)
    return forker


def can_be_forked(environment: Mapping[str, str]) -> bool:
    """Whether a run under this environment begins as one that is forked here does."""
    return all(
        environment.get(name) == os.environ.get(name)
        for name in {*environment, *os.environ}
        if name.startswith(_AT_THE_START)
    )


def serve() -> None:
    """Load all that a verb may load, then fork a process for each run that is asked for."""
    for name in (
        *(f"console.cli.verbs.{verb}" for verb in VERBS),
        *(each.name for room in _ROOMS for each in iter_modules(room.__path__, f"{room.__name__}.")),
        *_OF_LIBRARIES,
    ):
        importlib.import_module(name)
    read_once()
    with suppress(SettingsRefused):  # of the shell, which is not the run's
        open_bucket(name="none", endpoint="http://127.0.0.1:9")  # connects to nobody
    # A child that looks through all of this for garbage would have a copy of its own.
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            _run(asked["words"], asked["folder"], asked["environment"], asked["said"])
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _run(words: list[str], folder: str, environment: dict[str, str], said: list[str]) -> None:
    """Become the command: its folder, its variables, its three streams; and end with its exit code."""
    code = 1
    try:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        for stream, path in enumerate((os.devnull, *said)):
            os.dup2(os.open(path, os.O_RDWR | os.O_NOCTTY), stream)
        # Those of the start remember what they were opened on: on a file they would seek, which a pipe cannot.
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - until this process ends
        sys.stderr = open(  # noqa: SIM115 - the same
            2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False
        )
        sys.argv = ["fixative", *words]
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        except BaseException:  # noqa: BLE001 - as an interpreter tells what nobody caught
            sys.excepthook(*sys.exc_info())
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)
