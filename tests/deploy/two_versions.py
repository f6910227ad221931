"""The version before this one, from the repository's history, and processes of either on one bucket and one Redis."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.stack import ROOT, Stack, until

# The last commit before there was anything to deploy: its processes tell no build, and know none of the newer's.
BEFORE = "61067d13d3ac73dfaccfabfef046b52700a5e571"


def unpacked(folder: Path, commit: str = BEFORE) -> Path:
    """The sources of a commit in a folder; the test is skipped where the history is not there, as in a shallow clone."""
    packed = subprocess.run(
        ["git", "-C", str(ROOT), "archive", "--format=tar", commit], capture_output=True, check=False
    )
    if packed.returncode:
        pytest.skip(f"commit {commit[:7]} is not in this clone: `git fetch --unshallow` brings it")
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


@contextlib.contextmanager
def beside(
    stack: Stack, module: str, root: Path, log: Path, **more: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the project in `root` beside those of the stack, on the same bucket and Redis."""
    environment = {**os.environ, **stack.line["env"], "PYTHONUNBUFFERED": "1", **more}
    with log.open("ab") as said:
        process = subprocess.Popen([sys.executable, "-m", module], cwd=root, env=environment, stderr=said)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def says(log: Path, words: str, within_s: float = 60.0) -> None:
    """Wait until a log has these words."""
    until(f"{log.name} to say {words!r}", lambda: words in log.read_text(encoding="utf-8"), within_s)


def doctor_of(stack: Stack) -> dict[str, str]:
    """What the doctor of this version finds, by the names of its checks."""
    told = json.loads(stack.fixative("doctor", "--json", check=False).stdout)
    return {check["name"]: check["found"] or check["problem"] for check in told["checks"]}
