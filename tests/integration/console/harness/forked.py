"""The real command in a process of its own, forked from one that has its modules: loading them takes longer than most verbs.

A line of JSON asks for a run, a line answers with its exit code; what the run says goes to two files.
"""

from __future__ import annotations

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
from typing import Self

from archive.errors import SettingsRefused
from archive.store.bucket import open_bucket
from console.cli.verbs import VERBS, main
from tests.botocore_files import read_once

_SERVE = [sys.executable, "-c", "from tests.integration.console.harness.forked import serve; serve()"]
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
        said = Path(self._said.name) / "run"
        asked = {
            "words": words,
            "folder": str(folder),
            "environment": dict(environment),
            "said": str(said),
        }
        typed, told = self._process.stdin, self._process.stdout
        assert typed
        assert told
        with self._guard:
            typed.write(json.dumps(asked) + "\n")
            typed.flush()
            if not select.select([told], [], [], within_s)[0]:
                self._process.kill()
                raise subprocess.TimeoutExpired(["fixative", *words], within_s)
            code = int(told.readline())
            out, err = (said.with_suffix(each).read_text(encoding="utf-8") for each in (".out", ".err"))
        return code, out, err


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
        "archive.queue.doorbell",
    ):
        importlib.import_module(name)
    read_once()
    with suppress(SettingsRefused):  # of the shell, which is not the run's
        open_bucket(name="none", endpoint="http://127.0.0.1:9")  # connects to nobody
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            _run(asked["words"], asked["folder"], asked["environment"], asked["said"])
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _run(words: list[str], folder: str, environment: dict[str, str], said: str) -> None:
    """Become the command: its folder, its variables, its three streams; and end with its exit code."""
    code = 1
    try:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        for stream, path in ((0, os.devnull), (1, f"{said}.out"), (2, f"{said}.err")):
            os.dup2(
                os.open(path, os.O_RDONLY if stream == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
                stream,
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
