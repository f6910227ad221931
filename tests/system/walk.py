"""A document walked as its reader would: its commands in one shell, its outputs held against what came."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from tests.pace import Patience
from tests.system.stack import ROOT, START_S

# What only looks may be looked at again, until it shows what the document does.
_LOOKS = re.compile(r"fixative (?:ls|show|waiting|failed|open|link|get|doctor)\b.*")
_BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMES_S = 60.0
# Each look is a start of the command, a third of a second of a core: who has waited long looks less often.
_LOOK_S, _LONGEST_LOOK_S = 1.5, 6.0
_DONE = "-- done, with "
_HIDDEN = {".git", ".ci", "var"}


class Step(NamedTuple):
    """Commands of a document, and the lines that it shows for them; ... stands for anything."""

    commands: str
    shows: tuple[str, ...]


def steps_of(document: str) -> list[Step]:
    """The blocks of a document in their order, what is shown beside what is to be typed."""
    steps: list[Step] = []
    for language, text in _BLOCK.findall(document):
        if language == "sh":
            steps.append(Step(text, ()))
        else:
            shown = tuple(line for line in text.splitlines() if line.strip())
            steps[-1] = Step(steps[-1].commands, steps[-1].shows + shown)
    return steps


def missing_in(output: str, shows: tuple[str, ...]) -> str:
    """The first line that is shown and did not come, in this order; an empty text if all did."""
    came = iter(output.splitlines())
    for line in shows:
        pattern = re.compile(".*".join(map(re.escape, line.split("..."))))
        if not any(pattern.fullmatch(each.rstrip()) for each in came):
            return line
    return ""


class Shell:
    """One bash, as a reader's terminal."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._bash = subprocess.Popen(
            ["bash"],  # noqa: S607 - the reader's own
            cwd=folder, env=environment, text=True, bufsize=1,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, commands: str) -> tuple[int, str]:
        """Type it; the exit code of its last line, and all that came."""
        typed, said = self._bash.stdin, self._bash.stdout
        assert typed
        assert said
        typed.write(f"{commands.rstrip()}\nended=$?; echo; echo '{_DONE}'$ended\n")
        typed.flush()
        lines: list[str] = []
        for line in said:
            if line.startswith(_DONE):
                return int(line.removeprefix(_DONE)), "".join(lines)
            lines.append(line)
        raise AssertionError(f"the shell ended in: {commands}\n{''.join(lines)}")

    def walk(self, step: Step) -> None:
        """Run a step; what only looks is looked at again until it shows what it should."""
        looks = all(_LOOKS.fullmatch(line) for line in step.commands.splitlines())
        patience, began = Patience(_COMES_S if looks else 0.0), time.monotonic()
        while True:
            code, output = self.run(step.commands)
            missing = missing_in(output, step.shows)
            if (code == 0 and not missing) or patience.over:
                break
            waited_s = time.monotonic() - began
            time.sleep(min(max(_LOOK_S, waited_s / 4), _LONGEST_LOOK_S))
        assert code == 0, f"{step.commands}\n{output}"
        assert not missing, f"{step.commands}\ndid not show: {missing}\nbut:\n{output}"

    def close(self) -> None:
        """End it."""
        self._bash.kill()
        self._bash.communicate()


def checkout_in(folder: Path) -> Path:
    """A folder in which the project stands as in a clone, with the venv that is there and a `var` of its own."""
    folder.mkdir()
    for path in ROOT.iterdir():
        if path.name not in _HIDDEN:
            (folder / path.name).symlink_to(path)
    return folder


@contextlib.contextmanager
def made(
    target: str, folder: Path, environment: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """`make TARGET` in a terminal of its own, and the file of all that it says; Ctrl-C at the end."""
    said = folder / f"make-{target}.out"
    with said.open("w", encoding="utf-8") as out, _started(target, folder, environment, out) as process:
        try:
            yield process, said
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
            try:
                process.wait(START_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def _started(target: str, folder: Path, environment: dict[str, str], out: IO[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["make", target],  # noqa: S607 - the same
        cwd=folder, env=environment, text=True, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
    )  # fmt: skip
