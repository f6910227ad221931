"""What makes the door's comparison fair."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.door import crowd
from bench.door.disk import sync_ms
from bench.door.keepers import POSTGRES_KEEPS, REDIS_KEEPS, refuse_unless_kept
from bench.errors import BenchError
from bench.rounds import in_turn
from tests.pace import until

THREADS = "import sys, threading, time\nfor _ in range(3): threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\nsys.stdin.read()"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (POSTGRES_KEEPS, {**POSTGRES_KEEPS, "synchronous_commit": "off"}),
        (POSTGRES_KEEPS, {**POSTGRES_KEEPS, "fsync": "off"}),
        (REDIS_KEEPS, {**REDIS_KEEPS, "appendfsync": "everysec"}),
        (REDIS_KEEPS, {}),
    ],
)
def test_a_peer_that_does_not_keep_what_it_acknowledges_is_not_measured(
    wanted: dict[str, str], said: dict[str, str]
) -> None:
    refuse_unless_kept("it", wanted, wanted)
    with pytest.raises(BenchError, match="would not keep"):
        refuse_unless_kept("it", wanted, said)


def test_threads_of_a_door_are_counted_by_its_command_line() -> None:
    marker = f"door-of-{os.getpid()}"
    with subprocess.Popen([sys.executable, "-c", THREADS, marker], stdin=subprocess.PIPE) as process:
        assert until(lambda: {"processes": 1, "threads": 4} == crowd.counted(marker), 30)
        process.communicate()
    assert {"processes": 0, "threads": 0} == crowd.counted(marker)


def test_a_synced_write_takes_some_time(tmp_path: Path) -> None:
    assert 0 < sync_ms(tmp_path)


def test_nobody_always_comes_first() -> None:
    assert [["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"], ["a", "b", "c"]] == [
        in_turn(["a", "b", "c"], number) for number in range(4)
    ]
