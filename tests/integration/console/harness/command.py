"""The real command, run as a process."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.integration.console.harness.forked import Forker, can_be_forked

COMMAND = [sys.executable, "-c", "from console.cli.verbs import main; main()"]
# Long enough for a cold start on a machine that runs other tests.
RUN_S = 120.0


@dataclass(frozen=True)
class Ran:
    """What a run came to."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> Any:
        """Standard output, which is JSON and nothing else."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Command:
    """The command under an environment, in a folder."""

    environment: dict[str, str]
    folder: Path
    forker: Forker | None = None
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def __call__(self, *words: str, **changed: str) -> Ran:
        """Run it to its end."""
        environment = self.environment | changed
        if self.forker is not None and can_be_forked(environment):
            ran = Ran(*self.forker.run(words, self.folder, environment, RUN_S))
        else:
            done = subprocess.run(
                [*COMMAND, *words], cwd=self.folder, env=environment, capture_output=True, text=True,
                timeout=RUN_S, check=False, stdin=subprocess.DEVNULL,
            )  # fmt: skip
            ran = Ran(done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in ran.err, ran.err
        return ran

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Begin it; the caller sees its end, else `close` does."""
        process = subprocess.Popen(
            [*COMMAND, *words], cwd=self.folder, env=self.environment, text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        self.started.append(process)
        return process

    def close(self) -> None:
        """End what a test that failed has left running."""
        for process in self.started:
            process.kill()
            process.communicate()
