"""The whole stack as a child: for tests, and for the demo."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.errors import CannotStart, Interrupted
from infra.local.keeper import START_S
from infra.local.parts import child
from infra.local.parts.process import PROJECT
from infra.local.wait import Probe, never, until

# The stack gives itself so long; this is longer, so that its own word of what went wrong comes first.
_READY_S = START_S + 10
# The sum of what its parts are given, and a little.
_STOP_S = 60.0


@dataclass(frozen=True)
class Launched:
    """A running stack: `line` is what `--json` says, `pid` the supervisor's."""

    data: Path
    line: Mapping[str, Any]
    pid: int

    @property
    def env(self) -> dict[str, str]:
        """The variables under which the `fixative` command speaks to it."""
        return dict(self.line["env"])

    def process_id(self, name: str) -> int | None:
        """Who runs now as `receiver`, `worker`, `redis`, `s3` or `simulator`; None while it is down."""
        entry = json.loads((self.data / "pids.json").read_text(encoding="utf-8")).get(name, {})
        pid = entry.get("pid")
        return int(pid) if pid else None


@contextlib.contextmanager
def launched(
    data: Path, *arguments: str, environment: Mapping[str, str] | None = None, called_off: Probe = never
) -> Iterator[Launched]:
    """`python -m infra.local --json --data DATA ARGUMENTS`, ready; stopped in order at the end.

    It dies with this process, and has a session of its own: a terminal's Ctrl-C reaches only us.

    Raises:
        CannotStart: if it ends or says nothing in time; its own words went to standard error.
        Interrupted: if it was called off before it was ready.
    """
    command = [sys.executable, "-m", "infra.local", "--json", "--data", str(data.resolve()), *arguments]
    wrapped = child.tied(command)
    with subprocess.Popen(
        wrapped,
        cwd=PROJECT,
        env=None if environment is None else {**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as popen:
        try:
            yield Launched(data, json.loads(_first_line(popen, called_off)), popen.pid)
        finally:
            if popen.poll() is None:
                popen.send_signal(signal.SIGTERM)
            try:
                popen.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                popen.kill()


def _first_line(popen: subprocess.Popen[bytes], called_off: Probe) -> bytes:
    """What it says when it is ready; the line comes in one write, so it is there whole or not at all."""
    output = popen.stdout
    assert output

    def said() -> bool:
        return bool(select.select([output], [], [], 0)[0]) or called_off()

    until(said, _READY_S)
    if called_off():
        raise Interrupted("The stack was called off before it was ready.")
    line = output.readline() if said() else b""
    if not line:
        raise CannotStart("The local stack did not start; see what it said above.")
    return line
