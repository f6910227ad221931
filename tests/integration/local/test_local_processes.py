"""Children of the local stack: they die with their parent, and come back when they die before it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra.local.ending import Ending
from infra.local.errors import CannotStart, Interrupted
from infra.local.keeper import Keeper
from infra.local.parts.part import Part
from infra.local.parts.process import Process
from infra.local.roll import Roll, entry_of
from tests.pace import Stopwatch, until

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
# One that has to be killed, with a child of its own.
STUBBORN = [
    sys.executable,
    "-c",
    """if True:
        import os, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if child := os.fork():
            print(child, flush=True)
        time.sleep(600)
    """,
]
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's end")


def process_of(tmp_path: Path, command: list[str], name: str = "sleeper") -> Process:
    """A process with its log in the test's folder."""
    return Process(name, command, folder=tmp_path, log=tmp_path / f"{name}.log")


def runs(pid: int) -> bool:
    """Whether there is such a process, and it is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@linux
def test_a_child_dies_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    """SIGKILL leaves the parent no time to end its children: the kernel does it."""
    parent = f"""if True:
        import time
        from pathlib import Path
        from infra.local.parts.process import Process
        child = Process("child", {SLEEPER!r}, folder=Path({str(tmp_path)!r}), log=Path({str(tmp_path / "log")!r}))
        child.start()
        print(child.pid, flush=True)
        time.sleep(600)
    """
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE) as popen:
        assert popen.stdout
        child = int(popen.stdout.readline())
        popen.kill()

    assert until(lambda: not runs(child), 5)


@linux
def test_stopping_a_stubborn_process_ends_its_children_too(tmp_path: Path) -> None:
    """Who ignores SIGTERM is killed after the bounded wait, with the whole session."""
    process = process_of(tmp_path, STUBBORN)
    process.start()
    assert until(lambda: bool(process.tail()), 5)
    grandchild = int(process.tail())
    process.stop(within_s=0.2)

    assert not process.alive()
    assert until(lambda: not runs(grandchild), 5)


@linux
def test_what_a_killed_process_started_is_ended(tmp_path: Path) -> None:
    """A worker's decoders do not outlive it."""
    process = process_of(tmp_path, STUBBORN)
    process.start()
    assert until(lambda: bool(process.tail()), 5)
    grandchild = int(process.tail())
    os.kill(process.pid, signal.SIGKILL)

    assert until(lambda: not process.alive(), 5)
    assert until(lambda: not runs(grandchild), 5)


def test_haste_does_not_wait(tmp_path: Path) -> None:
    """The second Ctrl-C ends even those who ignore SIGTERM, immediately."""
    process = process_of(tmp_path, STUBBORN)
    process.start()
    assert until(lambda: bool(process.tail()), 5)
    with Stopwatch() as watch:
        process.stop(within_s=60, hasty=lambda: True)

    assert watch.within(5), watch
    assert not process.alive()


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The complaint says what cannot be started, from the log of the child."""
    process = process_of(tmp_path, ["no-such-program-at-all"])
    process.start()

    with pytest.raises(CannotStart, match="no-such-program-at-all cannot be started"):
        process.ready(5, lambda: False)


def test_a_part_that_dies_is_started_again(tmp_path: Path) -> None:
    """The same command, a new process, and pids.json tells who it is."""
    said: list[str] = []
    ending = Ending()
    keeper = Keeper(Roll(tmp_path / "pids.json"), ending, said.append)
    part = Part("receiver", lambda: True, process_of(tmp_path, SLEEPER))
    keeper.start([part], time.monotonic() + 10)
    first = keeper.pids()["receiver"]
    os.kill(first, signal.SIGKILL)

    def back() -> bool:
        keeper.look()
        return part.process is not None and part.process.alive() and part.process.pid != first

    assert until(back, 5)
    entry = json.loads((tmp_path / "pids.json").read_text())["receiver"]
    assert (entry["pid"], entry["starts"]) == (keeper.pids()["receiver"], 2)
    assert said == [f"receiver (process {first}) was ended by SIGKILL; starting it again"]
    keeper.stop(["receiver"])


def test_a_part_that_cannot_start_ends_the_start_with_its_log(tmp_path: Path) -> None:
    """A mistake is told within seconds, not after the whole minute."""
    keeper = Keeper(Roll(tmp_path / "pids.json"), Ending(), lambda _: None)
    broken = process_of(
        tmp_path, [sys.executable, "-c", "raise SystemExit('S3_BUCKET is not set')"], "worker"
    )

    with (
        Stopwatch() as watch,
        pytest.raises(CannotStart, match=r"(?s)worker ended with exit code 1.*S3_BUCKET is not set"),
    ):
        keeper.start([Part("worker", lambda: False, broken)], time.monotonic() + 600)
    assert watch.within(20), watch
    keeper.stop(["worker"])


def test_a_part_that_is_never_ready_ends_the_start_in_time(tmp_path: Path) -> None:
    """The wait is bounded."""
    keeper = Keeper(Roll(tmp_path / "pids.json"), Ending(), lambda _: None)

    with pytest.raises(CannotStart, match="sleeper was not ready"):
        keeper.start([Part("sleeper", lambda: False, process_of(tmp_path, SLEEPER))], time.monotonic() + 0.3)
    keeper.stop(["sleeper"])


def test_a_start_can_be_called_off(tmp_path: Path) -> None:
    """SIGTERM while something is not ready yet does not wait for it."""
    ending = Ending()
    ending.ask()
    keeper = Keeper(Roll(tmp_path / "pids.json"), ending, lambda _: None)

    with pytest.raises(Interrupted):
        keeper.start([Part("sleeper", lambda: False, process_of(tmp_path, SLEEPER))], time.monotonic() + 60)
    keeper.stop(["sleeper"])


@linux
def test_leftovers_are_ended_and_strangers_are_not(tmp_path: Path) -> None:
    """Only the very process that was written down: the same number with another start is somebody else."""
    ours, stranger = process_of(tmp_path, SLEEPER, "ours"), process_of(tmp_path, SLEEPER, "stranger")
    ours.start()
    stranger.start()
    entries = {"s3": entry_of(ours.pid, starts=1), "redis": entry_of(stranger.pid, starts=1)}
    entries["redis"]["started"] = "another boot/1"
    (tmp_path / "pids.json").write_text(json.dumps(entries))

    assert Roll(tmp_path / "pids.json").end_leftovers() == ("s3",)
    assert (ours.alive(), stranger.alive()) == (False, True)
    stranger.stop()
